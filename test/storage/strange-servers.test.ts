import { describe, expect, test } from 'vitest'
import { checkCatalog } from '../../src/platforms/catalog-check'
import { checkS3 } from '../../src/storage/s3/check'
import { openS3Store } from '../../src/storage/s3/s3-store'
import { answeringServer, pour } from '../support/answering-server'

const MIB = 2 ** 20
const buckets = { bronze: 'b', silver: 'b/s', gold: 'b/g' }
const s3 = (endpoint: string) => ({
  ...{
    endpoint,
    region: 'us-east-1',
    path_style: true,
    access_key: 'key',
    secret_key: 'the-secret',
  },
  ...{
    prefix: '',
    endpoint_in_cluster: '',
    verify_ssl: true,
    ca_cert: '',
    create_buckets: false,
    buckets,
  },
})
const rest = (uri: string) => ({
  type: 'rest' as const,
  uri,
  token: 'the-token',
  warehouse: '',
  uri_in_cluster: '',
})

describe('an S3 service', () => {
  test('whose list has no end is told with the limit', async () => {
    const server = await answeringServer((_, response, self) => {
      response.writeHead(200, { 'content-type': 'application/xml' })
      pour(response, self, '<?xml version="1.0"?><ListBucketResult><Name>b</Name>')
    })
    const store = await openS3Store(s3(server.url))
    await expect(store.list('bronze/')).rejects.toThrow(
      /what answers there is no S3 service \(.*the answer is longer than 16 MiB, the most that is read\)/,
    )
    expect(server.poured).toBeLessThan(40 * MIB)
    store.close()
  })

  test('whose error has no end, too', async () => {
    const server = await answeringServer((_, response, self) => {
      response.writeHead(403, { 'content-type': 'application/xml' })
      pour(response, self, '<Error><Code>AccessDenied</Code>')
    })
    const store = await openS3Store(s3(server.url))
    await expect(store.get('bronze/x.json')).rejects.toThrow(/longer than 16 MiB/)
    expect(server.poured).toBeLessThan(40 * MIB)
    store.close()
  })

  test('whose document is larger than memory should hold is told, and nothing of it read', async () => {
    const server = await answeringServer((_, response, self) => {
      response.writeHead(200, { 'content-length': String(2 ** 50), etag: '"e"' })
      pour(response, self)
    })
    const store = await openS3Store(s3(server.url))
    await expect(store.get('bronze/x.json')).rejects.toThrow(
      /s3:\/\/b\/x\.json at .* has 1125899906842624 bytes, and a document of at most 256 MiB is read/,
    )
    store.close()
  })

  test.each([
    ['a key that is no text', '<Contents><Size>1</Size></Contents>'],
    [
      'a key that cannot be decoded',
      '<EncodingType>url</EncodingType><Contents><Key>%E0%A4</Key></Contents>',
    ],
  ])('that lists %s is no S3 service', async (_, content) => {
    const server = await answeringServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' })
      response.end(
        `<ListBucketResult><Name>b</Name><KeyCount>1</KeyCount>${content}</ListBucketResult>`,
      )
    })
    const store = await openS3Store(s3(server.url))
    await expect(store.list('bronze/')).rejects.toThrow(/what answers there is no S3 service/)
    store.close()
  })

  test.each([301, 307, 308])('that redirects by %i is not followed with the keys', async status => {
    const elsewhere = await answeringServer((_, response) => response.end())
    const server = await answeringServer((_, response) => {
      response.writeHead(status, {
        location: `${elsewhere.url}/b`,
        'x-amz-bucket-region': 'eu-central-1',
      })
      response.end('<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere</Endpoint></Error>')
    })
    const { healthy, details } = await checkS3(s3(server.url), { retries: 0 })
    expect(healthy).toBe(false)
    expect(details.join()).toMatch(/Check platform\.storage\.s3\.(region|endpoint)/)
    expect(elsewhere.requests).toEqual([])
  })
})

describe('an Iceberg REST catalog', () => {
  test('that redirects is not followed with the token', async () => {
    const elsewhere = await answeringServer((_, response) =>
      response.end('{"defaults":{},"overrides":{}}'),
    )
    const server = await answeringServer((_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/v1/config` }).end()
    })
    const status = await checkCatalog(rest(server.url))
    expect(status).toMatchObject({ healthy: false })
    expect(status.details[0]).toContain(`it redirects to ${elsewhere.url}, which is not followed`)
    expect(elsewhere.requests).toEqual([])
  })

  test('whose answer has no end is told with the limit', async () => {
    const server = await answeringServer((_, response, self) =>
      pour(response, self, '{"defaults":{'),
    )
    const status = await checkCatalog(rest(server.url))
    expect(status.details[0]).toContain('the answer is longer than 1 MiB, the most that is read')
  })

  test.each([
    '[]',
    'null',
    '{"defaults":null}',
    '{"defaults":{"a":{}},"overrides":{}}',
    '{"overrides":[]}',
    '{',
  ])('that answers %s is none', async body => {
    const server = await answeringServer((_, response) => response.end(body))
    expect((await checkCatalog(rest(server.url))).details[0]).toContain(
      'is not that of an Iceberg REST catalog',
    )
  })
})
