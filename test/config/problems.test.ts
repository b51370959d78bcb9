// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a config look like this
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import type { LakebenchConfigInput } from '../../src/config/schema'
import { ConfigError } from '../../src/contracts/errors'
import { nested, problemsOf } from './problems'

const DATAGEN = 'architecture.workload.datagen'
const CONTINUOUS = 'architecture.pipeline.continuous'
const BENCHMARK = 'architecture.benchmark'
const SPARK = 'platform.compute.spark'

describe('bad values', () => {
  it.each([
    [
      `${DATAGEN}.scale`,
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001, '1', null, true, [], {}],
    ],
    [`${DATAGEN}.seed`, [-1, 1.5, 2 ** 53, '42']],
    [`${DATAGEN}.file_size`, [0, 2 ** 20 - 1, '1000kb', '5 apples', '-5mb', 1.5, true]],
    [`${DATAGEN}.dirty_data_ratio`, [-0.01, 1.01]],
    [`${DATAGEN}.zipf_exponent`, [-0.1, 10.1]],
    [`${DATAGEN}.date_skew`, [-0.1, 1.1]],
    [
      `${DATAGEN}.timestamp_start`,
      ['2024-13-01', '2024-02-30', 'yesterday', 20240101, '2024-01-01T25:00:00Z'],
    ],
    [`${DATAGEN}.event_clock`, ['sundial']],
    [`${DATAGEN}.workers`, [0, 1.5]],
    [`${CONTINUOUS}.bronze_trigger_interval`, ['soon', 0, '500ms', -1, 2_000_001]],
    [`${CONTINUOUS}.run_duration`, [59, '59 s', 3_000_000]],
    [`${CONTINUOUS}.max_files_per_trigger`, [0, 1.5]],
    [`${CONTINUOUS}.benchmark_interval`, [299, 3601]],
    [`${CONTINUOUS}.benchmark_warmup`, [59, 1801]],
    [`${CONTINUOUS}.gold_target_file_size_mb`, [31]],
    [`${CONTINUOUS}.checkpoint_base`, ['', '/root', 'a/../../b']],
    [`${BENCHMARK}.streams`, [0, 65, 1.5]],
    [`${BENCHMARK}.iterations`, [0, 101]],
    [`${BENCHMARK}.min_seconds`, [-0.1, 3601, '1 s']],
    [`${BENCHMARK}.mode`, ['extended']],
    [`${BENCHMARK}.classes`, [[], ['gold'], 'scan']],
    [`${SPARK}.silver_executors`, [0, -1, 2.5]],
    [`${SPARK}.driver_memory`, ['24 potatoes', '1mb']],
    [`${SPARK}.conf`, [['a'], 'a=b', { a: null }]],
    ['platform.compute.embedded.threads', [0, 1.5]],
    ['platform.compute.embedded.memory', ['1mb']],
    ['platform.storage.path', ['', 'a\0b', 5]],
    ['platform.kubernetes.namespace', ['Not_A_Label', '-x']],
    ['architecture.query_engine.url', ['trino:8080', 'ftp://trino', 'http://']],
    ['architecture.pipeline.quality_gates.max_duplicate_ratio', [1.5, -1, '5%']],
    ['architecture.pipeline.data_clock', ['2024-02-30', '2024-1-1', 'today']],
    ['architecture.workload.schema', ['iot']],
    ['name', ['', 'a\0', 'x'.repeat(129)]],
    ['preset', ['laptop']],
  ] as const)('%s is refused at its path', (path, values) => {
    for (const value of values) {
      const paths = problemsOf(nested(path, value)).map(issue => issue.path)
      expect(
        paths.some(p => p === path || p.startsWith(`${path}.`)),
        `${path} = ${String(value)}: ${paths}`,
      ).toBe(true)
    }
  })

  it.each([
    [`${DATAGEN}.scale`, [0.001, 1, 1e6]],
    [`${DATAGEN}.seed`, [0, 2 ** 32, Number.MAX_SAFE_INTEGER]],
    [`${DATAGEN}.file_size`, [2 ** 20, '1mb', '64 MiB']],
    [`${DATAGEN}.zipf_exponent`, [0, 10]],
    [`${BENCHMARK}.streams`, [1, 64]],
    [`${BENCHMARK}.iterations`, [1, 100]],
    [`${BENCHMARK}.min_seconds`, [0, 0.5, 3600]],
    [`${CONTINUOUS}.benchmark_interval`, [300, 3600, '5 minutes']],
    ['platform.storage.path', ["/data/o'brien; drop table x", 'ünï/ço dé']],
  ] as const)('%s takes its ends', (path, values) => {
    for (const value of values) expect(() => resolveConfig(nested(path, value))).not.toThrow()
  })

  it('reports everything at once, each at its path, unset variables too', () => {
    const issues = problemsOf({
      genrate: true,
      scale: -1,
      architecture: {
        tables: { gold: 'gold' },
        benchmark: { mode: 'powr' },
        workload: { datagen: { timestamp_start: '2025-01-01', timestamp_end: '2024-01-01' } },
      },
      platform: { kubernetes: { context: '${NOT_SET}' } },
    })
    expect(issues.map(issue => issue.path).sort()).toEqual([
      'architecture.benchmark.mode',
      'architecture.tables.gold',
      'architecture.workload.datagen.timestamp_end',
      'genrate',
      'platform.kubernetes.context',
      'scale',
    ])
  })

  it('says what was expected and what was found, and the nearest choice', () => {
    expect(problemsOf(nested(`${DATAGEN}.scale`, 'ten'))[0]!.message).toBe(
      'must be a number; got text.',
    )
    expect(problemsOf(nested(`${BENCHMARK}.mode`, 'powr'))[0]).toMatchObject({
      suggestion: 'power',
    })
    expect(problemsOf({ scale: Number.POSITIVE_INFINITY })[0]!.message).toContain('finite')
  })

  it.each([
    'a;drop',
    'a.b.c',
    'noNamespace',
    '"a".b',
    "a.b'",
    'a.b; drop table x',
    'a b.c',
    '1a.b',
    'a.',
    '.b',
    'a.b\n',
    'ä.b',
  ])('refuses the table name %j with a clear text', name => {
    const [issue] = problemsOf(nested('architecture.tables.silver', name))
    expect(issue!.path).toBe('architecture.tables.silver')
    expect(issue!.message).toContain('namespace.table')
  })

  it('takes any root that is no section as one problem', () => {
    for (const root of [null, 42, 'x', [], new Date()]) expect(problemsOf(root)).toHaveLength(1)
  })

  it('survives cycles and names of object members', () => {
    const cycle: Record<string, unknown> = {}
    cycle.platform = cycle
    expect(problemsOf(cycle)[0]!.message).toContain('levels deep')
    expect(problemsOf(JSON.parse('{"__proto__": {"scale": 1}}'))[0]!.message).toContain(
      'unknown key',
    )
    expect(problemsOf({ constructor: 1, toString: 2 }).map(i => i.path)).toEqual(['', ''])
  })

  it('names the source in the message', () => {
    const broken = () => resolveConfig({ scale: 0 }, { source: 'cluster.yaml' })
    expect(broken).toThrow(ConfigError)
    expect(broken).toThrow(/^cluster\.yaml has 1 problem:\n {2}scale: must be above 0; got 0\./)
  })
})

describe('rules across keys', () => {
  it('wants the end of the window after its start', () => {
    const same = { timestamp_start: '2024-05-01', timestamp_end: '2024-05-01T00:00:00Z' }
    expect(problemsOf(nested(DATAGEN, same))[0]!.message).toContain('after timestamp_start')
    expect(() =>
      resolveConfig(nested(DATAGEN, { ...same, timestamp_end: '2024-05-02' })),
    ).not.toThrow()
  })

  it('refuses s3 under the embedded engine and says what to use', () => {
    const [issue, ...more] = problemsOf({ storage: { endpoint: 'http://minio:9000' } })
    expect(more).toEqual([])
    expect(issue!.message).toMatch(/embedded engine.*local.*pipeline_engine: spark/)
  })

  it('refuses s3 under the duckdb query engine', () => {
    const duckdb = { architecture: { query_engine: { type: 'duckdb' as const } } }
    const [issue] = problemsOf({
      preset: 'local-spark',
      storage: { endpoint: 'http://minio:9000' },
      ...duckdb,
    })
    expect(issue!.message).toContain('trino')
  })

  it('wants what a catalog or Trino cannot do without', () => {
    expect(
      problemsOf({
        preset: 'local-spark',
        ...nested('architecture.catalog', { type: 'rest', uri: '' }),
      })[0]!.path,
    ).toBe('architecture.catalog.uri')
    expect(problemsOf(nested('architecture.query_engine.type', 'trino'))[0]!.path).toBe(
      'architecture.query_engine.url',
    )
    expect(
      problemsOf(nested('architecture.catalog', { type: 'hive', uri: 'thrift://m:9083' }))[0]!.path,
    ).toBe('architecture.catalog.type')
  })

  it('refuses a catalog that the query engine or the storage cannot go with', () => {
    const config = (storage: string | object, catalog: object, query: object) =>
      ({
        preset: 'local-spark',
        storage,
        architecture: { catalog, query_engine: query },
      }) as LakebenchConfigInput
    const at = (...parts: Parameters<typeof config>) =>
      problemsOf(config(...parts)).map(i => [i.path, i.message])
    const s3 = { endpoint: 'http://minio:9000' }
    expect(at(s3, { type: 'hadoop' }, { type: 'trino' })).toEqual([
      ['architecture.catalog.type', expect.stringContaining('trino needs a catalog service')],
    ])
    expect(at('/data', { type: 'rest', uri: 'http://c:8181' }, { type: 'none' })).toEqual([
      ['architecture.catalog.type', expect.stringContaining('storage.type: s3')],
    ])
    expect(resolveConfig(config(s3, { type: 'hadoop' }, { type: 'none' }))).toBeDefined()
    expect(
      resolveConfig(config(s3, { type: 'hive', uri: 'thrift://m:9083' }, { type: 'trino' })),
    ).toBeDefined()
  })

  it('refuses one table twice, in any case', () => {
    const tables = { silver: 'a.t', gold: 'A.T' }
    expect(problemsOf(nested('architecture.tables', tables))[0]!.message).toContain('different')
  })

  it('refuses a storage block that its type does not read', () => {
    expect(problemsOf(nested('platform.storage', { type: 'local', s3: {} }))[0]!.path).toBe(
      'platform.storage.s3',
    )
    expect(problemsOf({ preset: 'kubernetes', storage: { type: 's3', path: 'x' } })[0]!.path).toBe(
      'storage.path',
    )
  })

  it('does not blame other keys for a wrong preset', () => {
    expect(
      problemsOf({ preset: 'kubernets', storage: { endpoint: 'http://m' } }).map(i => i.path),
    ).toEqual(['preset'])
  })
})
