import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { checkS3 } from '../../src/storage/s3/check'
import type { S3Config } from '../../src/storage/s3/connection'
import { openS3Store, type S3Store } from '../../src/storage/s3/s3-store'
import { type Fault, FaultProxy, type Rule } from '../support/fault-proxy'
import { plainClient, removeBuckets, s3Config } from './s3-buckets'
import { servers } from './servers'

const LIMITS = { connect: 1000, request: 3000, retries: 2 }
const CANARY = 'canary/s3cret+key=='
const config = s3Config()
let proxy: FaultProxy
let website: Server

beforeAll(async () => {
  proxy = await FaultProxy.to(servers.s3().endpoint)
  website = createServer((_, response) =>
    response.end('<!doctype html><html><body>Welcome</body></html>'),
  )
  await new Promise<void>(resolve => website.listen(0, '127.0.0.1', resolve))
  const store = await openS3Store(config)
  await store.ensureBuckets()
  store.close()
})
afterAll(async () => {
  await proxy.down()
  website.close()
  await removeBuckets(config)
})

const port = () => (website.address() as AddressInfo).port

const CALLS: Record<string, (store: S3Store) => Promise<unknown>> = {
  ensureBuckets: store => store.ensureBuckets(),
  list: store => store.list('bronze/'),
  get: store => store.get('bronze/x'),
  'ranged get': store => store.get('bronze/x', { start: 1, length: 2 }),
  put: store => store.put('bronze/x', 'x'),
  'put ifAbsent': store => store.put('bronze/y', 'x', { ifAbsent: true }),
  upload: async store => {
    const upload = store.openUpload('bronze/z')
    await upload.write(Buffer.alloc(17 * 1024 ** 2))
    await upload.finish()
  },
}

/** Every call fails with a PrerequisiteError of this text, which names the address, and nothing says the secret. */
async function expectTrouble(
  change: Partial<S3Config>,
  pattern: RegExp,
  calls = Object.keys(CALLS),
): Promise<void> {
  const wrong = { ...config, create_buckets: false, secret_key: CANARY, ...change }
  const store = await openS3Store(wrong, { limits: LIMITS })
  for (const call of calls) {
    const error = await CALLS[call]!(store).then(
      () => null,
      (e: unknown) => e as Error,
    )
    expect(error, call).toMatchObject({
      name: 'PrerequisiteError',
      message: expect.stringMatching(pattern),
    })
    expect(error!.message, call).toContain(new URL(wrong.endpoint).host)
    expect(
      error!.message.match(/\. [A-Z].*platform\.storage\.s3|\. (Set them right|Give them)/),
      error!.message,
    ).toBeTruthy()
    requireNoSecret(error, wrong.secret_key)
  }
  store.close()
  const status = await checkS3(wrong, LIMITS)
  expect(status.healthy).toBe(false)
  expect(status.details.join('\n')).toMatch(pattern)
  requireNoSecret(status, wrong.secret_key)
}

function requireNoSecret(value: unknown, secret: string): void {
  const all =
    inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value) + String(value)
  expect(all).not.toContain(secret)
  expect(all).not.toContain(encodeURIComponent(secret))
  expect(all).not.toMatch(/AWS4-HMAC|Signature=[0-9a-f]/)
}

test('nothing listens there', () =>
  expectTrouble({ endpoint: 'http://127.0.0.1:1' }, /cannot be reached \(ECONNREFUSED/))

test('a host that does not exist', () =>
  expectTrouble({ endpoint: 'http://store.invalid:9000' }, /host name cannot be resolved \(E/))

test('a web server that is no S3', () =>
  expectTrouble({ endpoint: `http://127.0.0.1:${port()}` }, /what answers there is no S3 service/))

test('HTTPS asked of an HTTP server', () =>
  expectTrouble(
    { endpoint: servers.s3().endpoint.replace('http:', 'https:') },
    /one side speaks HTTP/,
  ))

test('an unknown access key', () =>
  expectTrouble(
    { access_key: 'nobody' },
    /does not know the access key.*platform\.storage\.s3\.access_key/,
  ))

test('a wrong secret key', () =>
  expectTrouble({}, /secret key does not belong to the access key.*secret_key/))

test('a wrong region', () =>
  expectTrouble({ region: 'eu-west-1' }, /another region.*platform\.storage\.s3\.region/))

test('a missing bucket', () => {
  const { buckets } = s3Config()
  const { secret_key } = servers.s3()
  return expectTrouble(
    { buckets, secret_key },
    new RegExp(`${buckets.bronze}.*bucket does not exist.*create_buckets`),
  )
})

test.each<[string, Fault, RegExp]>([
  [
    'keys without rights',
    { kind: 'answer', status: 403, code: 'AccessDenied' },
    /not allowed to do that/,
  ],
  [
    'a clock that is wrong',
    { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed' },
    /clocks/,
  ],
  [
    'a redirect',
    { kind: 'answer', status: 307, code: 'TemporaryRedirect' },
    /sends the request elsewhere/,
  ],
])('%s', async (_, fault, pattern) => {
  proxy.rule({ match: /./, fault, times: 1e6 })
  await expectTrouble({ endpoint: proxy.endpoint }, pattern)
})

test('a service that repeats what was sent to it gives no secret away', async () => {
  const body = `<Error><Code>BadThing</Code><Message>You sent ${CANARY}, Authorization: AWS4 Credential=AK/2026, Signature=0a1b2c and /x?X-Amz-Signature=00ff&amp;X-Amz-Credential=AK</Message></Error>`
  proxy.rule({ match: /./, fault: { kind: 'answer', status: 400, body }, times: 1e6 })
  const store = await openS3Store(
    { ...config, endpoint: proxy.endpoint, secret_key: CANARY },
    { limits: LIMITS },
  )
  const error = await store.list('bronze/').catch((e: unknown) => e)
  expect(error).toMatchObject({
    message: expect.stringMatching(/refused the request \(400 BadThing/),
  })
  requireNoSecret(error, CANARY)
  expect(inspect(error)).not.toMatch(/0a1b2c|00ff/)
  store.close()
})

test('keys in the endpoint are not repeated in messages', async () => {
  const store = await openS3Store({
    ...config,
    endpoint: `http://user:${encodeURIComponent(CANARY)}@127.0.0.1:1`,
  })
  const error = await store.list('bronze/').catch((e: unknown) => e)
  expect(error).toMatchObject({ message: expect.stringMatching(/at http:\/\/127\.0\.0\.1:1:/) })
  requireNoSecret(error, CANARY)
  store.close()
})

test('without keys those of the environment are used, and none there is said', async () => {
  const { access_key, secret_key } = config
  const keyless = { ...config, access_key: '', secret_key: '' }
  const environment = { AWS_ACCESS_KEY_ID: access_key, AWS_SECRET_ACCESS_KEY: secret_key }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const store = await openS3Store(keyless)
  await store.ensureBuckets()
  store.close()
  for (const name of Object.keys(environment)) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
  const without = await openS3Store(keyless)
  await expect(without.list('bronze/')).rejects.toThrow(
    /no keys to sign with.*access_key and secret_key/,
  )
  expect(without.retries).toBe(0)
  without.close()
  await expect(openS3Store({ ...config, secret_key: '' })).rejects.toThrow(
    /s3\.secret_key is empty/,
  )
})

test('a CA certificate that cannot be used is named', async () => {
  await expect(openS3Store({ ...config, ca_cert: '/nowhere/ca.pem' })).rejects.toThrow(
    /ca_cert \/nowhere\/ca\.pem/,
  )
  await expect(openS3Store({ ...config, ca_cert: import.meta.filename })).rejects.toThrow(
    /holds no PEM certificate/,
  )
})

test('a healthy service: what it does is said, and nothing stays behind', async () => {
  const status = await checkS3(config)
  expect(status).toMatchObject({
    part: 'store',
    address: config.endpoint,
    healthy: true,
    version: null,
  })
  expect(status.latency_ms).toBeGreaterThan(0)
  const works = [
    'Put and get',
    'Listing in pages',
    'Ranged reads',
    'Upload in parts',
    'Conditional put',
    'Delete',
  ]
  expect(status.details).toEqual([
    ...Object.values(config.buckets).map(bucket => `Bucket ${bucket} is there and may be listed.`),
    ...works.map(ability => `${ability}: works.`),
  ])
  const client = plainClient()
  expect((await client.listObjectsV2({ Bucket: config.buckets.bronze })).KeyCount).toBe(0)
  expect(
    (await client.listMultipartUploads({ Bucket: config.buckets.bronze })).Uploads ?? [],
  ).toEqual([])
  client.destroy()
})

test('what a service does not do is said; what every run needs makes it unhealthy', async () => {
  const ok = { kind: 'answer', status: 200, headers: { ETag: '"1"' } } as const
  const whole: Fault = { ...ok, body: '0123456789' }
  const cases: [Rule, RegExp, boolean][] = [
    [
      { match: /^PUT .*\/once/, fault: ok, from: 2 },
      /^Conditional put: is ignored .*one run at a time/m,
      true,
    ],
    [
      { match: /^GET .*\/a\b/, fault: whole, from: 2, times: 9 },
      /^Ranged reads: .*whole object|^Ranged reads: .*no S3/m,
      false,
    ],
    [
      {
        match: /^POST .*\?uploads/,
        fault: { kind: 'answer', status: 501, code: 'NotImplemented' },
        times: 9,
      },
      /^Upload in parts: .*NotImplemented/m,
      false,
    ],
    [
      { match: /^PUT /, fault: { kind: 'answer', status: 403, code: 'AccessDenied' }, times: 1e6 },
      /^Put and get: .*not allowed/m,
      false,
    ],
    [
      { match: /^DELETE /, fault: { kind: 'answer', status: 403, code: 'AccessDenied' }, times: 9 },
      /^Delete: .*not allowed/m,
      false,
    ],
  ]
  for (const [rule, detail, healthy] of cases) {
    proxy.rule(rule)
    const status = await checkS3({ ...config, endpoint: proxy.endpoint }, LIMITS)
    expect(status.details.join('\n')).toMatch(detail)
    expect(status.healthy, String(detail)).toBe(healthy)
  }
})

test('missing buckets that a run will make are no trouble, and the check makes none', async () => {
  const { buckets } = s3Config()
  const status = await checkS3({ ...config, buckets })
  expect(status.healthy).toBe(true)
  expect(status.details).toContain(
    `Bucket ${buckets.gold} is missing; a run will make it (create_buckets: true).`,
  )
  expect((await checkS3({ ...config, buckets, create_buckets: false })).healthy).toBe(false)
})
