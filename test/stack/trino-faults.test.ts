import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { QueryFailedError } from '../../src/contracts/errors'
import { checkTrino } from '../../src/engines/trino/check-trino'
import type { TrinoOptions } from '../../src/engines/trino/options'
import { openTrino } from '../../src/engines/trino/query-engine'
import { privateAuthority } from '../support/private-authority'
import { servers } from './servers'
import { type Fault, type ProxyOptions, trinoProxy } from './trino-proxy'
import { CATALOG, makeSchema, type TrinoSchema } from './trino-schema'

/** The real Trino behind a proxy that breaks things. */

let schema: TrinoSchema
beforeAll(async () => {
  schema = await makeSchema('lb_faults')
})
afterAll(() => schema?.drop())

const never = () => new AbortController().signal
const ROWS = 'SELECT orderkey, comment FROM tpch.sf1.orders LIMIT 60000'
const limits = { request_seconds: 20, start_seconds: 5, retry_seconds: 1, cancel_seconds: 5 }

async function through(options: ProxyOptions, more: Partial<TrinoOptions> = {}) {
  const proxy = await trinoProxy(options)
  const engine = await openTrino(schema.options({ url: proxy.url, limits, ...more }))
  onTestFinished(() => engine.close())
  return { proxy, engine }
}
const state = async (id: string) =>
  (
    await schema.run(
      `SELECT state, error_code FROM system.runtime.queries WHERE query_id = '${id}'`,
    )
  )[0]

describe('a result comes whole', () => {
  test.each<[string, Fault]>([
    ['broken connections', 'reset'],
    ['pages cut in the middle', 'cut'],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504, body: '<html>Gateway Timeout</html>' }],
  ])('through %s', async (_, fault) => {
    // Every third page fails once.
    const { engine, proxy } = await through({
      fault: (request, count) =>
        request.path.startsWith('/v1/statement/executing') && count % 3 === 0 ? fault : null,
    })
    const { rows } = await engine.query(ROWS, { signal: never() })
    expect(rows).toHaveLength(60_000)
    expect(new Set(rows.map(row => row[0])).size).toBe(60_000)
    expect(proxy.faults()).toBeGreaterThan(1)
    expect(proxy.seen.filter(s => s.method === 'POST')).toHaveLength(1)
  })
})

test('a Trino that goes away in the middle is named, with the query', async () => {
  const proxy = await trinoProxy()
  const engine = await openTrino(schema.options({ url: proxy.url, limits }))
  const sql = `SELECT count(*) FROM tpch.sf100.lineitem AS l CROSS JOIN tpch.sf100.orders AS o WHERE l.comment < o.comment`
  const running = engine.query(sql, { signal: never() }).catch(e => e)
  await expect
    .poll(() => proxy.seen.filter(s => s.path.includes('/executing/')).length)
    .toBeGreaterThan(1)
  await proxy.stop()
  const error = await running
  expect(error).toBeInstanceOf(QueryFailedError)
  expect(error.message).toMatch(
    /^Trino at http:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONN\w+\) while query \w+ ran\. Check that it runs/,
  )
  await engine.close()
  // It could not be told, so the server ends it when it has heard nothing for long; here that is this test's task.
  const id = /while query (\w+) ran/.exec(error.message)![1]
  await schema.run(`CALL system.runtime.kill_query('${id}', 'end of a test')`)
})

test('a query whose pages fail for good is ended on the server', async () => {
  const { engine } = await through({
    fault: ({ path, method }, count) =>
      method === 'GET' && path.startsWith('/v1/statement/executing') && count > 4
        ? { status: 502 }
        : null,
  })
  const error = await engine.query(`${ROWS}0`, { signal: never() }).catch(e => e)
  expect(error.message).toMatch(
    /answered 502 while query \w+ ran\. Look at its log, and at that of a proxy/,
  )
  expect(await state(/while query (\w+) ran/.exec(error.message)![1]!)).toEqual([
    'FAILED',
    'USER_CANCELED',
  ])
})

describe('TLS', () => {
  const user = 'alice'
  const password = 'canary-pässwörd-7f"\\'
  async function tlsProxy() {
    const { caPath, key, cert } = privateAuthority()
    return { caPath, proxy: await trinoProxy({ tls: { key, cert, user, password } }) }
  }

  test('with a private authority and basic auth, by every request', async () => {
    const { caPath, proxy } = await tlsProxy()
    const options = schema.options({ url: proxy.url, user, password, ca_cert: caPath })
    const engine = await openTrino(options)
    const { rows } = await engine.query('SELECT current_user', { signal: never() })
    expect(rows).toEqual([[user]])
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 500)
    const long =
      'SELECT count(*) FROM tpch.sf100.lineitem AS l CROSS JOIN tpch.sf100.orders AS o WHERE l.comment > o.comment'
    await expect(engine.query(long, { signal: controller.signal })).rejects.toThrow('enough')
    expect(await checkTrino(options)).toMatchObject({ healthy: true })
    await engine.close()
    const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    expect(proxy.seen.length).toBeGreaterThan(10)
    expect(new Set(proxy.seen.map(s => s.headers.authorization))).toEqual(new Set([basic]))
    expect(new Set(proxy.seen.map(s => s.headers['x-trino-user']))).toEqual(new Set([user]))
  })

  test('no secret is in any error, however it is printed', async () => {
    const { caPath, proxy } = await tlsProxy()
    const good = schema.options({ url: proxy.url, user, password, ca_cert: caPath })
    const engine = await openTrino(good)
    onTestFinished(() => engine.close())
    const failures: [string, Promise<unknown>][] = [
      ['wrong password', openTrino({ ...good, password: `${password}x` })],
      ['unknown authority', openTrino({ ...good, ca_cert: '' })],
      [
        'http on the port of TLS',
        openTrino({ ...good, password: '', url: proxy.url.replace('https', 'http') }),
      ],
      [
        'TLS on the port of http',
        openTrino({ ...good, url: schema.options().url.replace('http', 'https') }),
      ],
      ['no such host', openTrino({ ...good, url: 'https://trino.invalid' })],
      ['wrong table', engine.query('SELECT * FROM nowhere.nowhere.t', { signal: never() })],
      ['password over http', openTrino({ ...good, url: schema.options().url })],
    ]
    const errors = await Promise.all(
      failures.map(([, f]) =>
        f.then(
          () => 'no error',
          e => e,
        ),
      ),
    )
    await proxy.stop()
    errors.push(await engine.query('SELECT 1', { signal: never() }).catch(e => e))
    const secrets = [password, `${password}x`].flatMap(p => [
      p,
      encodeURIComponent(p),
      JSON.stringify(p).slice(1, -1),
      Buffer.from(`${user}:${p}`).toString('base64'),
      'canary',
    ])
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error)
      const printed = [
        inspect(error, { depth: 20, showHidden: true }),
        JSON.stringify(error),
        String(error),
        error.stack,
      ]
      for (const secret of secrets) expect(printed.join('\n')).not.toContain(secret)
    }
    expect(errors.map(e => e.message.replaceAll(/:\d{4,5}/g, ':PORT'))).toEqual([
      'Trino at https://127.0.0.1:PORT answered 401 (Unauthorized). It does not let in user "alice": check architecture.query_engine.user and password.',
      expect.stringMatching(
        /^Trino at https:\/\/127\.0\.0\.1:PORT cannot be trusted .*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Set architecture\.query_engine\.ca_cert/,
      ),
      expect.stringMatching(/^Trino at http:\/\/127\.0\.0\.1:PORT cannot be reached/),
      expect.stringMatching(
        /^Trino at https:\/\/127\.0\.0\.1:PORT cannot be trusted or speaks no TLS \(\w+\)\. Check the scheme and the port/,
      ),
      expect.stringMatching(
        /^Trino at https:\/\/trino\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/,
      ),
      expect.stringMatching(/CATALOG_NOT_FOUND/),
      expect.stringMatching(/would get the password in the clear/),
      expect.stringMatching(/cannot be reached \(ECONN/),
    ])
  })
})

test('whether a flush leaves the catalog cold is looked at, not guessed', async () => {
  const suffix = schema.name.slice(-8)
  const [jmx, cold] = [`lb_jmx_${suffix}`, `lb_cold_${suffix}`]
  const s3 = servers.s3()
  await schema.run(
    `CREATE TABLE ${CATALOG}.${schema.name}.silver AS SELECT * FROM tpch.tiny.orders`,
  )
  await schema.run(`CREATE TABLE ${CATALOG}.${schema.name}.gold AS SELECT 1 AS n`)
  const alone = await schema.engine.flushCaches()
  expect(alone).toMatchObject({
    proven: false,
    detail: expect.stringContaining('has no system.flush_metadata_cache'),
  })
  try {
    await schema.run(`CREATE CATALOG ${jmx} USING jmx`)
    const warm = await openTrino(schema.options())
    expect(await warm.flushCaches()).toMatchObject({
      proven: false,
      detail: expect.stringMatching(
        /memory cache answered \d+ reads\. Set iceberg\.metadata-cache\.enabled=false/,
      ),
    })
    expect(warm.capabilities.provesColdCache).toBe(false)
    await warm.close()

    await schema.run(`CREATE CATALOG ${cold} USING iceberg WITH ("iceberg.catalog.type" = 'rest', "iceberg.rest-catalog.uri" = '${servers.catalog()}',
      "fs.native-s3.enabled" = 'true', "s3.endpoint" = '${s3.endpoint}', "s3.region" = '${s3.region}', "s3.path-style-access" = 'true',
      "s3.aws-access-key" = '${s3.access_key}', "s3.aws-secret-key" = '${s3.secret_key}', "iceberg.metadata-cache.enabled" = 'false')`)
    const engine = await openTrino(schema.options({ catalog: cold }))
    expect(
      (await engine.query('SELECT sum(totalprice) FROM {silver}', { signal: never() }))
        .bytes_from_device,
    ).toBeNull()
    const flush = await engine.flushCaches()
    expect(flush).toMatchObject({
      proven: true,
      detail: expect.stringMatching(/came from the store again \(\d+ requests/),
    })
    expect(await engine.flushCaches()).toEqual(flush)
    expect(engine.capabilities.provesColdCache).toBe(true)
    const { bytes_read, bytes_from_device } = await engine.query(
      'SELECT sum(totalprice) FROM {silver}',
      {
        signal: never(),
      },
    )
    expect(bytes_from_device).toBeGreaterThan(10_000)
    expect(bytes_read).toBe(bytes_from_device)
    await engine.close()
  } finally {
    for (const catalog of [cold, jmx]) await schema.run(`DROP CATALOG IF EXISTS ${catalog}`)
  }
})
