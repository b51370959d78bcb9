import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { S3Limits } from '../../src/storage/s3/connection'
import { prefixKeys } from '../../src/storage/s3/key-map'
import { openS3Store, type S3Store } from '../../src/storage/s3/s3-store'
import { type Fault, FaultProxy } from '../support/fault-proxy'
import { plainClient, removeBuckets, s3Config } from './s3-buckets'
import { servers } from './servers'

const LIMITS = { retries: 4 }
/**
 * For faults that only a limit ends. Client and proxy share a thread: after a pause of it, such a limit is met before an answer
 * that has arrived is read, so all else has the usual ones.
 */
const SHORT = { ...LIMITS, connect: 2000, request: 600, slowest: 10_000, complete: 900, idle: 1000 }
const config = s3Config()
const bucket = config.buckets.bronze
const client = plainClient()
let proxy: FaultProxy
let store: S3Store
let hasty: S3Store

beforeAll(async () => {
  proxy = await FaultProxy.to(servers.s3().endpoint, 42)
  await reopen()
  await store.ensureBuckets()
})
beforeEach(async () => {
  proxy.rule()
  await reopen()
})

/** The SDK repeats less and less for a client whose requests fail again and again. */
async function reopen(): Promise<void> {
  store?.close()
  hasty?.close()
  const open = (limits: Partial<S3Limits>) =>
    openS3Store({ ...config, endpoint: proxy.endpoint }, { keys: prefixKeys(bucket), limits })
  store = await open(LIMITS)
  hasty = await open(SHORT)
}

afterAll(async () => {
  store.close()
  hasty.close()
  await proxy.down()
  client.destroy()
  await removeBuckets(config)
})

const text = (body: Uint8Array | null) => body && Buffer.from(body).toString()
/** What the server really holds. */
const stored = async (key: string) =>
  await (await client.getObject({ Bucket: bucket, Key: key })).Body!.transformToString()
const named = (pattern: RegExp) => ({
  name: 'PrerequisiteError',
  message: expect.stringMatching(pattern),
})
const PART = 5 * 1024 ** 2

const SILENT: readonly Fault['kind'][] = ['stall', 'lose-answer-silently', 'freeze']
const storeFor = ({ kind }: Fault) => (SILENT.includes(kind) ? hasty : store)

async function upload(key: string, { bytes = PART + 1000, to = store } = {}) {
  const writer = to.openUpload(key, { partSize: PART })
  try {
    await writer.write(Buffer.alloc(bytes, key))
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

const OPERATIONS: Record<string, (store: S3Store) => Promise<void>> = {
  get: async store => {
    await client.putObject({ Bucket: bucket, Key: 'got', Body: '0123456789' })
    expect(text(await store.get('got'))).toBe('0123456789')
  },
  'ranged get': async store => {
    await client.putObject({ Bucket: bucket, Key: 'ranged', Body: '0123456789' })
    expect(text(await store.get('ranged', { start: 3, length: 4 }))).toBe('3456')
  },
  put: async store => {
    expect(await store.put('put', 'body')).toBe(true)
    expect(await stored('put')).toBe('body')
  },
  'put ifAbsent': async store => {
    await client.deleteObject({ Bucket: bucket, Key: 'once' })
    expect(await store.put('once', 'mine', { ifAbsent: true })).toBe(true)
    expect(await stored('once')).toBe('mine')
    expect(await store.put('once', 'other', { ifAbsent: true })).toBe(false)
    expect(await stored('once')).toBe('mine')
  },
  list: async store => {
    await client.putObject({ Bucket: bucket, Key: 'listed/a', Body: 'x' })
    expect((await store.list('listed/')).map(o => o.key)).toEqual(['listed/a'])
  },
  delete: async store => {
    await client.putObject({ Bucket: bucket, Key: 'deleted', Body: 'x' })
    await store.delete('deleted')
    await expect(client.headObject({ Bucket: bucket, Key: 'deleted' })).rejects.toThrow()
  },
}

const slowDown: Fault = { kind: 'answer', status: 503, code: 'SlowDown' }
const TRANSIENT: Record<string, Fault> = {
  'a reset': { kind: 'reset' },
  silence: { kind: 'stall' },
  'a lost answer': { kind: 'lose-answer' },
  'an answer that never comes': { kind: 'lose-answer-silently' },
  '503 SlowDown': slowDown,
  '500': { kind: 'answer', status: 500, code: 'InternalError' },
  '502 of a gateway': {
    kind: 'answer',
    status: 502,
    body: '<html><body>Bad gateway</body></html>',
  },
  '429 with Retry-After': {
    kind: 'answer',
    status: 429,
    code: 'TooManyRequests',
    headers: { 'Retry-After': '0.01' },
  },
  latency: { kind: 'latency', ms: 20 },
  'a repeated request': { kind: 'repeat' },
}

const pairs = Object.keys(OPERATIONS).flatMap(name =>
  Object.keys(TRANSIENT).map(fault => [name, fault] as const),
)

test.each(pairs)('%s survives %s', async (name, faultName) => {
  const fault = TRANSIENT[faultName]!
  const own = storeFor(fault)
  const before = own.retries
  proxy.rule({ match: /./, fault, times: 2 })
  await OPERATIONS[name]!(own)
  if (fault.kind !== 'latency' && fault.kind !== 'repeat')
    expect(own.retries).toBeGreaterThanOrEqual(before + 2)
})

test.each([
  ['creating the upload', /^POST .*\?uploads/],
  ['a part', /^PUT .*partNumber=1/],
  ['the last part', /^PUT .*partNumber=2/],
  ['putting the parts together', /^POST .*uploadId=/],
])('an upload in parts survives every fault at %s', async (_, match) => {
  for (const [name, fault] of Object.entries(TRANSIENT)) {
    proxy.rule({ match, fault, times: 1 })
    const key = `parts ${name}`
    expect(await upload(key, { to: storeFor(fault) }), name).toMatchObject({ bytes: PART + 1000 })
    const { ContentLength } = await client.headObject({ Bucket: bucket, Key: key })
    expect(ContentLength, name).toBe(PART + 1000)
    await client.deleteObject({ Bucket: bucket, Key: key })
  }
  await store.abortUploads('')
})

test('whether the service answers now is asked once, and a refusal is an answer', async () => {
  expect(await store.answers()).toBe(true)
  for (const [fault, answers] of [
    [slowDown, false],
    [{ kind: 'reset' }, false],
    [{ kind: 'answer', status: 403, code: 'AccessDenied' }, true],
  ] as const) {
    proxy.rule({ match: /./, fault, times: 1000 })
    expect(await store.answers()).toBe(answers)
    expect(proxy.seen.length).toBe(1)
  }
  proxy.rule()
  await proxy.down()
  expect(await store.answers()).toBe(false)
  await proxy.up()
  expect(await store.answers()).toBe(true)
})

test('a fault that stays ends in a named error, after a bounded number of requests', async () => {
  for (const [name, fault] of Object.entries(TRANSIENT)) {
    if (fault.kind === 'latency' || fault.kind === 'repeat') continue
    await reopen()
    proxy.rule({ match: /./, fault, times: 1000 })
    await expect(storeFor(fault).get('got'), name).rejects.toMatchObject(
      named(
        new RegExp(
          `Cannot read s3://${bucket}/got at http://127\\.0\\.0\\.1:\\d+: the .*\\)\\. [A-Z].*\\.$`,
        ),
      ),
    )
    expect(proxy.seen.length, name).toBe(LIMITS.retries + 1)
  }
  proxy.rule({ match: /./, fault: slowDown, times: 1000 })
  await expect(store.put('x', 'x')).rejects.toMatchObject(
    named(/asking for fewer requests \(503 SlowDown/),
  )
})

test.each([
  [403, 'AccessDenied', /not allowed to do that \(403 AccessDenied/],
  [400, 'InvalidRequest', /refused the request \(400 InvalidRequest/],
  [404, 'NoSuchBucket', /the bucket does not exist \(404 NoSuchBucket/],
  [405, 'MethodNotAllowed', /refused the request \(405/],
  [301, 'PermanentRedirect', /another region/],
  [501, 'NotImplemented', /./],
  [507, 'XMinioStorageFull', /the storage is full/],
])('%i %s is not repeated', async (status, code, message) => {
  for (const operation of [
    () => store.get('x'),
    () => store.put('x', 'x'),
    () => store.list('x'),
    () => upload('x'),
  ]) {
    proxy.rule({ match: /./, fault: { kind: 'answer', status, code }, times: 1000 })
    await expect(operation()).rejects.toMatchObject(named(message))
    expect(proxy.seen.length).toBe(1)
  }
})

test('a body that is cut, stands still or comes damaged is read again whole', async () => {
  const body = Buffer.alloc(3_000_000, 'abcdefg')
  await store.put('body', body)
  const faults: Fault[] = [
    { kind: 'cut', at: 0 },
    { kind: 'cut', at: 1_234_567 },
    { kind: 'freeze', at: 0 },
    { kind: 'freeze', at: 1_234_567 },
    { kind: 'flip', at: 1_234_567 },
  ]
  for (const fault of faults) {
    const own = storeFor(fault)
    const before = own.retries
    proxy.rule({ match: /^GET/, fault })
    expect(Buffer.compare((await own.get('body'))!, body), fault.kind).toBe(0)
    expect([proxy.seen.length, own.retries - before]).toEqual([2, 1])
  }
})

test('a body that never comes whole ends in a named error', async () => {
  await store.put('body', 'x'.repeat(100_000))
  for (const fault of [{ kind: 'cut', at: 7 } as const, { kind: 'freeze', at: 7 } as const]) {
    proxy.rule({ match: /^GET/, fault, times: 1000 })
    await expect(storeFor(fault).get('body')).rejects.toMatchObject(
      named(/breaks off or stands still/),
    )
    expect(proxy.seen.length).toBe(LIMITS.retries + 1)
  }
  proxy.rule({ match: /^GET/, fault: { kind: 'flip', at: 7 }, times: 1000 })
  await expect(store.get('body')).rejects.toMatchObject(named(/has other bytes than were put/))
})

test('whose conditional put it was is settled by reading back', async () => {
  const lost: Fault = { kind: 'lose-answer' }
  const cases: Record<string, Fault> = {
    lost,
    silently: { kind: 'lose-answer-silently' },
    twice: { kind: 'repeat' },
  }
  for (const [key, fault] of Object.entries(cases)) {
    const own = storeFor(fault)
    proxy.rule({ match: /^PUT/, fault })
    expect(await own.put(`mine/${key}`, 'mine', { ifAbsent: true }), key).toBe(true)
    // The same trouble where another's object is there already.
    await client.putObject({ Bucket: bucket, Key: `theirs/${key}`, Body: 'theirs' })
    proxy.rule({ match: /^PUT/, fault })
    expect(await own.put(`theirs/${key}`, 'mine', { ifAbsent: true }), key).toBe(false)
    expect(await stored(`theirs/${key}`)).toBe('theirs')
  }
  // No answer to any put ever comes, but a look at the object does.
  proxy.rule({ match: /^PUT/, fault: lost, times: 1000 })
  expect(await store.put('mine/always lost', 'mine', { ifAbsent: true })).toBe(true)

  proxy.rule({
    match: /^PUT/,
    fault: { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' },
    times: 2,
  })
  expect(await store.put('mine/conflict', 'mine', { ifAbsent: true })).toBe(true)
})

test('where nobody can say whose it was, the error says that', async () => {
  const forEver = { times: 1000 }
  proxy.rule(
    { match: /^PUT/, fault: { kind: 'lose-answer' }, ...forEver },
    { match: /^HEAD/, fault: { kind: 'reset' }, ...forEver },
  )
  await expect(store.put('unknown', 'x', { ifAbsent: true })).rejects.toMatchObject({
    name: 'CommitUnknownError',
    commitId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    message: expect.stringMatching(/nobody can say/),
  })
  expect(await stored('unknown')).toBe('x')
  // A service that only ever refused did nothing.
  proxy.rule({ match: /^PUT/, fault: slowDown, ...forEver })
  await expect(store.put('known', 'x', { ifAbsent: true })).rejects.toMatchObject(named(/SlowDown/))
})

test('an upload that fails leaves nothing to be seen, and its parts are removed', async () => {
  proxy.rule({
    match: /^PUT .*partNumber=2/,
    fault: { kind: 'answer', status: 403, code: 'AccessDenied' },
    times: 1000,
  })
  await expect(upload('given up', { bytes: 3 * PART })).rejects.toMatchObject(named(/AccessDenied/))
  expect(await store.list('given up')).toEqual([])
  expect((await client.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).toEqual([])
})

test('what a dead run left of its uploads is found below a prefix and removed', async () => {
  const keys = ['dead/1', 'dead/2', 'other']
  const ids = await Promise.all(
    keys.map(Key => client.createMultipartUpload({ Bucket: bucket, Key })),
  )
  await client.uploadPart({
    Bucket: bucket,
    Key: keys[0]!,
    UploadId: ids[0]!.UploadId!,
    PartNumber: 1,
    Body: 'x',
  })
  expect(await store.abortUploads('dead/')).toBe(2)
  const left = await client.listMultipartUploads({ Bucket: bucket })
  expect(left.Uploads?.map(u => u.Key)).toEqual(['other'])
  expect(await store.abortUploads('')).toBe(1)
  expect(await store.abortUploads('')).toBe(0)
})

test('a server that goes away is named, and used again when it is back', async () => {
  await store.put('got', 'here')
  await proxy.down()
  await expect(store.get('got')).rejects.toMatchObject(named(/cannot be reached \(ECONNREFUSED/))
  const stranger = await openS3Store({ ...config, endpoint: proxy.endpoint }, { limits: LIMITS })
  await expect(stranger.ensureBuckets()).rejects.toMatchObject(named(/cannot be reached/))
  // First contact: a wrong address is said soon.
  expect(stranger.retries).toBe(2)
  await proxy.up()
  await stranger.ensureBuckets()
  expect(await store.put('got', 'again')).toBe(true)
  stranger.close()
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Without garbage, which stays for as long as the collector likes. */
function residentBytes(): number {
  collectGarbage()
  return process.memoryUsage().rss
}

test('memory of a large upload is bounded, whatever its size', async () => {
  const direct = await openS3Store(config, { keys: prefixKeys(bucket) })
  const piece = Buffer.alloc(1024 ** 2, 'p')
  const MIBS = 400
  const writer = direct.openUpload('large', { partSize: 8 * 1024 ** 2, queueSize: 3 })
  const before = residentBytes()
  let most = before
  for (let i = 0; i < MIBS; i++) {
    await writer.write(piece)
    if (i % 4 === 0) most = Math.max(most, residentBytes())
  }
  expect(await writer.finish()).toMatchObject({ bytes: MIBS * 1024 ** 2 })
  expect((most - before) / 1024 ** 2).toBeLessThan(200)
  await direct.delete('large')
  direct.close()
})
