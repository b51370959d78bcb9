import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layerKeys, prefixKeys } from '../../src/storage/s3/key-map'
import { openS3Store, type S3Store } from '../../src/storage/s3/s3-store'
import { objectStoreConformance } from '../conformance/object-store'
import { plainClient, removeBuckets, s3Config } from './s3-buckets'

const config = s3Config()
const { bronze, silver } = config.buckets
let store: S3Store

beforeAll(async () => {
  store = await openS3Store(config)
  await store.ensureBuckets()
})
afterAll(async () => {
  store.close()
  await removeBuckets(config)
})

objectStoreConformance('an S3 service, one bucket and a prefix', async () => {
  const below = await openS3Store(config, { keys: prefixKeys(bronze, `${randomUUID()}/`) })
  return {
    store: below,
    close: async () => {
      for (const { key } of await below.list('')) await below.delete(key)
      below.close()
    },
  }
})

test('the first part of a key names the bucket; a list spans them all', async () => {
  const keys = ['bronze/customer/a.parquet', 'gold/z', 'silver/t/data/x', 'silver/t/metadata/v1']
  for (const key of [...keys].reverse()) await store.put(key, key)
  const client = plainClient()
  expect((await client.listObjectsV2({ Bucket: bronze })).Contents!.map(o => o.Key)).toEqual([
    'customer/a.parquet',
  ])
  const listed = async (prefix: string) => (await store.list(prefix)).map(o => o.key)
  expect(await listed('')).toEqual(keys)
  expect(await listed('silver')).toEqual(keys.slice(2))
  expect(await listed('silver/t/d')).toEqual([keys[2]])
  expect(await listed('s')).toEqual(keys.slice(2))
  expect(store.location('silver/t/data/x')).toBe(`s3://${silver}/t/data/x`)
  expect(await store.usage('silver/')).toEqual({
    objects: 2,
    bytes: keys[2]!.length + keys[3]!.length,
  })
  for (const key of keys) await store.delete(key)
  expect(await listed('')).toEqual([])
  client.destroy()
})

test('a key of no layer is refused, by name', async () => {
  const refused = {
    name: 'PrerequisiteError',
    message: expect.stringMatching(/"copper\/x".*bronze\/, silver\/, gold\//),
  }
  await expect(store.put('copper/x', 'x')).rejects.toMatchObject(refused)
  expect(() => store.location('copper/x')).toThrow(expect.objectContaining(refused))
  await expect(store.list('copper/')).rejects.toMatchObject({ name: 'PrerequisiteError' })
})

test('layers that share a bucket keep their name in it, and nothing collides', async () => {
  const shared = { bronze, silver: bronze, gold: silver }
  const together = await openS3Store({ ...config, buckets: shared })
  try {
    for (const key of ['bronze/t/x', 'silver/t/x', 'gold/t/x']) await together.put(key, key)
    expect(together.location('silver/t/x')).toBe(`s3://${bronze}/silver/t/x`)
    expect(together.location('gold/t/x')).toBe(`s3://${silver}/t/x`)
    expect((await together.list('')).map(o => o.key)).toEqual([
      'bronze/t/x',
      'gold/t/x',
      'silver/t/x',
    ])
    expect(Buffer.from((await together.get('silver/t/x'))!).toString()).toBe('silver/t/x')
    expect(layerKeys(shared).buckets).toEqual([bronze, silver])
    expect(await together.usage('bronze/')).toEqual({ objects: 1, bytes: 10 })
  } finally {
    for (const { key } of await together.list('')) await together.delete(key)
    together.close()
  }
})

test('a list of more than a page is whole', async () => {
  const names = Array.from({ length: 1100 }, (_, i) => `bronze/many/${String(i).padStart(5, '0')}`)
  for (let i = 0; i < names.length; i += 50) {
    await Promise.all(names.slice(i, i + 50).map(key => store.put(key, '.')))
  }
  expect((await store.list('bronze/many/')).map(o => o.key)).toEqual(names)
  expect(await store.usage('bronze/many/')).toEqual({ objects: 1100, bytes: 1100 })
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map(key => store.delete(key)))
})

test('buckets are made only where that is asked for', async () => {
  const missing = s3Config({ create_buckets: false })
  const refusing = await openS3Store(missing)
  await expect(refusing.ensureBuckets()).rejects.toMatchObject({
    name: 'PrerequisiteError',
    message: expect.stringMatching(
      new RegExp(`${missing.buckets.bronze} at http://127.*does not exist.*create_buckets`),
    ),
  })
  await expect(refusing.list('gold/')).rejects.toThrow(
    new RegExp(`${missing.buckets.gold} at .*does not exist`),
  )
  await expect(refusing.get('gold/x')).rejects.toThrow(/does not exist .*NoSuchBucket/)
  const making = await openS3Store({ ...missing, create_buckets: true })
  await Promise.all([making.ensureBuckets(), making.ensureBuckets()])
  await refusing.ensureBuckets()
  expect(await refusing.list('')).toEqual([])
  await removeBuckets(missing)
})
