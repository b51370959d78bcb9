import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import { nested, problemsOf } from './problems'

const storageOf = (storage: unknown) =>
  resolveConfig({ preset: 'local-spark', storage: storage as string }).platform.storage
const on = (bucket: string, prefix = '') => ({
  type: 's3',
  s3: { buckets: { bronze: bucket, silver: bucket, gold: bucket }, prefix },
})

test.each([
  ['s3://lake', on('lake')],
  ['s3a://lake/', on('lake')],
  ['S3://lake/bench/a/', on('lake', 'bench/a')],
  [{ path: 's3://lake/bench' }, on('lake', 'bench')],
  [{ type: 's3', path: 's3://lake/b', s3: { endpoint: 'http://minio:9000' } }, on('lake', 'b')],
  ['file:///data/a%20b', { type: 'local', path: '/data/a b' }],
  ['file:/data', { type: 'local', path: '/data' }],
  ['file://localhost/data', { type: 'local', path: '/data' }],
  ['~/lake', { type: 'local', path: join(homedir(), 'lake') }],
  ['~', { type: 'local', path: homedir() }],
  ['./~/lake', { type: 'local', path: './~/lake' }],
  ['./gs:/lake', { type: 'local', path: './gs:/lake' }],
  ['run:7', { type: 'local', path: 'run:7' }],
])('storage %j', (written, meant) => {
  const storage = storageOf(written)
  expect(storage).toMatchObject(meant)
  // A resolved config is a valid input, and means the same.
  expect(storageOf(storage)).toEqual(storage)
})

test('keeps the other keys of an s3 block, and takes an address from the environment or an override', () => {
  const endpoint = 'http://minio:9000'
  expect(storageOf({ type: 's3', path: 's3://lake/b', s3: { endpoint } })).toMatchObject({
    s3: { endpoint },
  })
  const env = { LAKE: 's3://lake/b' }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of a config
  const config = resolveConfig({ preset: 'local-spark', storage: '${LAKE}' }, { env })
  expect(config.platform.storage).toMatchObject(on('lake', 'b'))
})

test.each([
  'gs://lake',
  'abfss://lake@account.dfs.core.windows.net/x',
  'hdfs:///lake',
  'HDFS:/lake',
  'http://minio:9000/lake',
  'https://lake.s3.amazonaws.com',
  'dbfs:/lake',
  'file://server/lake',
  'file:lake',
  'file:///a?b',
  '~ann/lake',
  's3:lake',
  's3://',
  's3:///lake',
  's3n://lake',
  's3://key:secret@lake/x',
  's3://lake?region=x',
  's3://my_lake',
  's3://lake.2024',
  's3://Lake',
  's3://lake-',
  's3://lake/../other',
  's3://lake//other',
  's3://lake/a b',
])('refuses %s for storage, with what to write', storage => {
  const issues = problemsOf({ preset: 'local-spark', storage })
  expect(issues).toHaveLength(1)
  expect(issues[0]!.path).toMatch(/^storage\.(path|s3\.prefix)$/)
  expect(issues[0]!.message).toMatch(/must be|begins with/)
  expect(issues[0]!.message).not.toMatch(/secret|minio|account|my_lake/)
})

test.each([
  'platform.storage.path',
  'platform.storage.s3.ca_cert',
  'platform.compute.spark.home',
  'platform.compute.spark.jars',
  'architecture.query_engine.ca_cert',
])('%s is read as a path alike', key => {
  const read = (value: string) =>
    key
      .split('.')
      .reduce<unknown>(
        (tree, part) => (tree as Record<string, unknown>)[part],
        resolveConfig({ preset: 'local-spark', ...nested(key, value) }),
      )
  expect(read('file:///x')).toBe('/x')
  expect(read('~/x')).toBe(join(homedir(), 'x'))
  for (const value of ['gs://x', 'http://x', '~ann'])
    expect(problemsOf({ preset: 'local-spark', ...nested(key, value) }).map(i => i.path)).toContain(
      key,
    )
})

test.each([
  ['my_lake', false],
  ['lake.2024', false],
  ['lake.2a', false],
  ['-lake', false],
  ['lake.-x', false],
  ['a..b', false],
  ['10.0.0.1', false],
  ['Lake', false],
  ['s3://lake', false],
  ['la', false],
  ['x'.repeat(64), false],
  ['x-'.repeat(500_000), false],
  ['2024-lake', true],
  ['2024.lake', true],
  ['lake.dev-1', true],
])('bucket %s', (bucket, usable) => {
  const config = { preset: 'local-spark', ...nested('platform.storage.s3.buckets.silver', bucket) }
  if (usable) expect(() => resolveConfig(config as object)).not.toThrow()
  else expect(problemsOf(config).map(i => i.path)).toEqual(['platform.storage.s3.buckets.silver'])
})

test('one storage, said twice or for another type, is refused', () => {
  const refused = (storage: object) => problemsOf({ preset: 'local-spark', storage })[0]!.message
  expect(refused({ path: 's3://lake', s3: { buckets: { gold: 'other' } } })).toContain('keep one')
  expect(refused({ type: 'local', path: 's3://lake' })).toContain('type: s3')
  expect(problemsOf({ storage: 's3://lake' })[0]!.message).toContain('embedded engine')
})

test.each(['.', '..', 'a//b', 'a/./b', 'a/../b', '/a', 'a/', 's3://b/x', 'a\\b', 'a b'])(
  'checkpoint_base %s',
  base => {
    const key = 'architecture.pipeline.continuous.checkpoint_base'
    expect(problemsOf(nested(key, base)).map(i => i.path)).toEqual([key])
  },
)
