import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import { problemsOf } from './problems'

const s3 = {
  endpoint: 'http://10.0.0.1:80',
  region: 'us-east-1',
  path_style: true,
  access_key: 'a',
  secret_key: 'b',
}
const buckets = { bronze: 'lb-bronze', silver: 'lb-silver', gold: 'lb-gold' }
const workload = {
  schema: 'customer360',
  datagen: {
    scale: 1,
    file_size: '64mb',
    timestamp_start: '2024-01-01',
    timestamp_end: '2025-01-01',
  },
}

/** Configs as earlier versions shipped them, one for each recipe `<catalog>-<format>-spark-<queries>`. */
function earlier(catalog: string, format: string, queries: string) {
  return {
    name: `${catalog}-${format}`,
    recipe: `${catalog}-${format}-spark-${queries}`,
    images: { spark: 'apache/spark:4.0.2-python3', postgres: 'postgres:17', pull_policy: 'Always' },
    platform: {
      kubernetes: { namespace: 'lake', create_namespace: true },
      storage: {
        s3: { ...s3, buckets },
        scratch: { enabled: true, storage_class: 'px-csi-scratch' },
      },
      compute: { postgres: { storage: '10Gi', storage_class: '' } },
    },
    architecture: {
      ...(catalog === 'polaris' && {
        catalog: { type: 'polaris', polaris: { client_secret: 'a-secret-of-polaris' } },
      }),
      ...(format === 'delta' && { table_format: { type: 'delta', delta: { version: '4.0.0' } } }),
      pipeline: { mode: 'batch', medallion: {} },
      query_engine: {
        type: queries === 'thrift' ? 'spark-thrift' : queries,
        trino: { worker: { replicas: 2 } },
      },
      workload,
    },
  }
}

const RECIPES = [
  ...['trino', 'thrift', 'duckdb', 'none'].flatMap(queries => [
    ['hive', 'iceberg', queries],
    ['polaris', 'iceberg', queries],
  ]),
  ...['trino', 'thrift', 'none'].map(queries => ['hive', 'delta', queries]),
] as [string, string, string][]

test.each(RECIPES)(
  '%s-%s-spark-%s: every key that is gone says what to write here',
  (catalog, format, queries) => {
    const issues = problemsOf(earlier(catalog, format, queries))
    for (const { path, message } of issues)
      expect(`${path}: ${message}`).toMatch(/leave it out|[Ww]rite|is `platform|are run by|Use `/)
    const messageAt = (path: string) => issues.find(issue => issue.path === path)?.message
    expect(messageAt('recipe')).toContain('architecture.catalog.type')
    expect(messageAt('images')).toContain('platform.kubernetes.image')
    expect(messageAt('platform.storage.scratch')).toContain('platform.kubernetes.scratch')
    if (catalog === 'polaris') expect(messageAt('architecture.catalog.type')).toContain('`rest`')
    if (queries === 'thrift')
      expect(messageAt('architecture.query_engine.type')).toContain('`trino`')
    expect(JSON.stringify(issues)).not.toContain('a-secret-of-polaris')
  },
)

test('flat keys of later versions, and values in place of sections', () => {
  const of = (input: object) =>
    problemsOf(input).map(({ path, message, suggestion }) => [path, suggestion ?? message])
  expect(of({ endpoint: 'http://x', spark_image: 'x', cycles: 3, secret_ref: 'x' })).toEqual([
    ['endpoint', 'platform.storage.s3.endpoint'],
    ['spark_image', expect.stringContaining('platform.kubernetes.image')],
    ['cycles', expect.stringContaining('--repeat')],
    ['secret_ref', expect.stringContaining('secret_key')],
  ])
  expect(of({ architecture: { catalog: 'polaris' } })[0]![1]).toContain('write `rest`')
  expect(of({ workload })).toEqual([['workload', 'architecture.workload']])
})

test('what they come to, written as the hints say, is a config', () => {
  expect(() =>
    resolveConfig({
      preset: 'kubernetes',
      platform: {
        kubernetes: { namespace: 'lake', image: 'x' },
        storage: { type: 's3', s3: { ...s3, buckets } },
      },
      architecture: {
        catalog: { type: 'rest', uri: 'http://polaris:8181' },
        query_engine: { type: 'trino' },
        workload,
      },
    } as object),
  ).not.toThrow()
})
