import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { findRunSet, findRunSets, latestRunSets } from '../../src/cli/run-sets'
import { ConfigError, InputError } from '../../src/contracts/errors'
import type { SeriesPlace } from '../../src/contracts/metrics'
import { baselineText } from '../../src/results/compare/baseline'
import { judge } from '../../src/results/scorecard/judge'
import { facts } from '../results/compare/facts'
import { record } from '../results/scorecard/records'
import { tempDir } from '../support/fake-parts'

const output = join(tempDir(), 'lakebench-output')
const IDS = [
  '20260130-090000-aaaaaa',
  '20260131-120000-a1b2c3',
  '20260131-120001-d4e5f6',
  '20260201-000000-bbbbbb',
]
const SERIES = '20260202-000000-cccccc'
const runDir = (id: string) => join(output, 'runs', `run-${id}`)
const seriesDir = join(output, 'series', `series-${SERIES}`)
const baseline = join(output, 'base.json')

function save(id: string, change: object = {}): void {
  mkdirSync(runDir(id), { recursive: true })
  writeFileSync(
    join(runDir(id), 'metrics.json'),
    JSON.stringify({ ...judge(record()), run_id: id, ...change }),
  )
}
const place = (arm: string, round: number): SeriesPlace => ({
  series_id: SERIES,
  kind: 'ab',
  arm,
  round,
  attempt: 0,
  position: 0,
  planned_rounds: 2,
  controls: {},
  conditions: {},
})

beforeAll(() => {
  const arms = ['A', 'B', 'A', 'B']
  for (const [i, id] of IDS.entries()) save(id, i < 2 ? {} : { series: place(arms[i]!, 1) })
  mkdirSync(seriesDir, { recursive: true })
  writeFileSync(
    join(seriesDir, 'series.json'),
    JSON.stringify({
      kind: 'lakebench-series',
      schema_version: 1,
      series_id: SERIES,
      type: 'ab',
      created_at: '2026-02-02T00:00:00Z',
      planned_rounds: 2,
      order_seed: 1,
      status: 'interrupted',
      stopped_reason: null,
      arms: ['A', 'B'].map(name => ({
        name,
        label: `${name.toLowerCase()}.yaml`,
        config_snapshot: {},
      })),
      runs: [
        { run_id: IDS[2], arm: 'A', round: 1, attempt: 0, position: 0, status: 'succeeded' },
        { run_id: IDS[3], arm: 'B', round: 1, attempt: 0, position: 1, status: 'succeeded' },
        {
          run_id: '20260202-000009-killed',
          arm: 'B',
          round: 2,
          attempt: 0,
          position: 0,
          status: 'running',
        },
      ],
    }),
  )
  writeFileSync(baseline, baselineText({ name: 'main', runs: [facts(), facts()] }, new Date(0)))
})

const ids = async (given: string) =>
  (await findRunSets(given, output)).arms.map(arm => [arm.name, arm.runs.map(run => run.run_id)])

describe('a set of runs', () => {
  it.each([
    ['a folder', () => runDir(IDS[0]!)],
    ['a metrics.json', () => join(runDir(IDS[0]!), 'metrics.json')],
    ['an id', () => IDS[0]!],
    ['the beginning of one', () => '20260130'],
    ['a folder’s name', () => `run-${IDS[0]}`],
  ])('is %s', async (_, given) => {
    expect(await ids(given())).toEqual([[IDS[0], [IDS[0]]]])
  })

  it('is several of these with commas', async () => {
    expect(
      (await findRunSet(`${IDS[0]},${runDir(IDS[1]!)}`, output)).runs.map(run => run.run_id),
    ).toEqual([IDS[0], IDS[1]])
  })

  it('is a baseline', async () => {
    expect(await findRunSet(baseline, output)).toMatchObject({ name: 'main', runs: { length: 2 } })
  })

  it.each([
    ['its id', () => SERIES],
    ['its folder', () => seriesDir],
    ['its file', () => join(seriesDir, 'series.json')],
    ['its folder’s name', () => `series-${SERIES}`],
  ])('is each arm of a session by %s, without the run that never ended', async (_, given) => {
    expect(await ids(given())).toEqual([
      ['A', [IDS[2]]],
      ['B', [IDS[3]]],
    ])
  })

  it.each([() => `${SERIES}:B`, () => `${seriesDir}:B`])('is one arm of a session', async given => {
    expect((await findRunSet(given(), output)).runs.map(run => run.run_id)).toEqual([IDS[3]])
  })

  it('is the latest series where nothing is given', async () => {
    expect((await latestRunSets(output)).arms.map(({ label }) => label)).toEqual([
      'a.yaml',
      'b.yaml',
    ])
  })

  it.each([
    ['2026013', /beginning of 3 runs and series.*Give more of the id/],
    ['2027', /There is no run 2027/],
    ['../../etc/passwd-of-nobody', /There is no run \.\.\/\.\./],
    [SERIES, /session of 2 arms\. Name one: .*:A, .*:B/],
    [`${SERIES}:Z`, /has no arm Z; it has A, B/],
    [`${SERIES},${IDS[0]}`, /mixes runs with a session/],
  ])('cannot be %s', async (given, message) => {
    await expect(findRunSet(given, output)).rejects.toThrow(message)
    await expect(findRunSet(given, output)).rejects.toThrow(InputError)
  })
})

describe('bad input is refused with the field', () => {
  const good = () => JSON.parse(JSON.stringify(judge(record())))
  let count = 0
  const read = (text: string | object) => {
    const path = join(output, `bad-${count++}.json`)
    writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text))
    return findRunSet(path, output)
  }

  it.each<[string, () => string | object, RegExp]>([
    ['cut off', () => JSON.stringify(good()).slice(0, 900), /is no JSON .*cut off/],
    ['empty', () => '', /is no JSON/],
    [
      'of an unknown version',
      () => ({ ...good(), schema_version: 7 }),
      /schema_version: is 7; this lakebench reads up to/,
    ],
    ['of another program', () => ({ hello: 1 }), /schema_version: is missing/],
    ['a list', () => [], /no JSON object/],
    [
      'with a negative time',
      () => {
        const m = good()
        m.jobs[1].elapsed_seconds = -3
        return m
      },
      /jobs\.1\.elapsed_seconds/,
    ],
    [
      'with a negative sample',
      () => {
        const m = good()
        m.benchmark.queries[0].samples[0].engine_seconds = -1
        return m
      },
      /benchmark\.queries\.0\.samples\.0\.engine_seconds/,
    ],
    [
      'with an endless time',
      () => JSON.stringify(good()).replace(/"elapsed_seconds":60/, '"elapsed_seconds":1e999'),
      /elapsed_seconds/,
    ],
    [
      'without jobs',
      () => {
        const m = good()
        delete m.jobs
        return m
      },
      /jobs: /,
    ],
    [
      'with nothing done',
      () => ({
        ...good(),
        jobs: [],
        benchmark: null,
        pipeline_benchmark: { ...good().pipeline_benchmark, stages: [] },
      }),
      /neither stages of the pipeline nor queries/,
    ],
    [
      'with a path as its series',
      () => ({ ...good(), series: { ...place('A', 1), series_id: '../x' } }),
      /series\.series_id/,
    ],
  ])('%s', async (_, text, message) => {
    await expect(read(text())).rejects.toThrow(message)
  })

  it('as large as no record is, without reading it', async () => {
    const path = join(output, 'huge.json')
    writeFileSync(path, '{')
    truncateSync(path, 100 * 2 ** 20)
    await expect(findRunSet(path, output)).rejects.toThrow(/huge\.json is 100 MiB large/)
  })
})

test('a series of runs outside its folder is refused', async () => {
  const dir = join(output, 'series', 'series-20260303-000000-dddddd')
  mkdirSync(dir)
  writeFileSync(
    join(dir, 'series.json'),
    JSON.stringify({
      kind: 'lakebench-series',
      schema_version: 1,
      series_id: 'x',
      type: 'repeat',
      created_at: '',
      planned_rounds: 1,
      order_seed: 1,
      status: 'complete',
      stopped_reason: null,
      arms: [{ name: 'A', label: '', config_snapshot: {} }],
      runs: [
        {
          run_id: '../../../etc',
          arm: 'A',
          round: 1,
          attempt: 0,
          position: 0,
          status: 'succeeded',
        },
      ],
    }),
  )
  await expect(findRunSet(dir, output)).rejects.toThrow(ConfigError)
})
