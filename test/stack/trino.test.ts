import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { QueryFailedError } from '../../src/contracts/errors'
import { checkTrino } from '../../src/engines/trino/check-trino'
import { openTrino } from '../../src/engines/trino/query-engine'
import { queryEngineConformance, type TableNames } from '../conformance/query-engine'
import { servers } from './servers'
import { CATALOG, makeSchema, type TrinoSchema } from './trino-schema'

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Tables of the conformance suite. Other tests share the catalog, so the namespace is the schema of this one. */
async function openWithTables(names: TableNames) {
  const schema = await makeSchema('lb_conformance')
  const table = (role: 'silver' | 'gold') => names[role].slice(names[role].indexOf('.') + 1)
  const [silver, gold] = [table('silver'), table('gold')]
  await schema.run(
    `CREATE TABLE ${CATALOG}.${schema.name}.${quoted(silver)} AS SELECT CAST(n AS BIGINT) AS n FROM (VALUES 1, 2, 3) AS t(n)`,
  )
  await schema.run(
    `CREATE TABLE ${CATALOG}.${schema.name}.${quoted(gold)} AS SELECT BIGINT '10' AS n`,
  )
  const source = `${schema.name}_asked`
  const tables = { silver: `${schema.name}.${silver}`, gold: `${schema.name}.${gold}` }
  const engine = await openTrino(schema.options({ tables, source }))
  return {
    engine,
    stillRunning: async () => {
      const [[count]] = (await schema.run(
        `SELECT count(*) FROM system.runtime.queries WHERE source = 'lakebench/${source}' AND state NOT IN ('FINISHED', 'FAILED')`,
      )) as [[bigint]]
      return Number(count)
    },
    close: async () => {
      await engine.close()
      await schema.drop()
    },
  }
}

queryEngineConformance('Trino', openWithTables, {
  oddNames: [
    { silver: 'x.table', gold: 'x.group' },
    { silver: 'x.with space', gold: "x.it's-9" },
    { silver: 'x._', gold: 'x.9_lives' },
  ],
})

describe('Trino', () => {
  let schema: TrinoSchema
  const never = () => new AbortController().signal
  beforeAll(async () => {
    schema = await makeSchema('lb_trino')
    await schema.run(
      `CREATE TABLE ${CATALOG}.${schema.name}.silver AS SELECT * FROM tpch.tiny.orders`,
    )
    await schema.run(`CREATE TABLE ${CATALOG}.${schema.name}.gold AS SELECT 1 AS n`)
  })
  afterAll(() => schema?.drop())

  test('says of each query what it cost', async () => {
    const sql =
      'SELECT orderpriority, count(*), sum(totalprice) FROM {silver} GROUP BY orderpriority'
    const { server, rows, engine_seconds, fetch_seconds, bytes_read } = await schema.engine.query(
      sql,
      {
        signal: never(),
      },
    )
    expect(rows).toHaveLength(5)
    expect(server!.query_id).toMatch(/^\d{8}_\d{6}_\d{5}_\w+$/)
    expect(server!.elapsed_seconds).toBe(engine_seconds)
    expect(engine_seconds).toBeGreaterThan(0)
    expect(engine_seconds).toBeLessThan(60)
    expect(fetch_seconds).toBeLessThan(60)
    expect(server!.queued_seconds! + server!.planning_seconds!).toBeLessThanOrEqual(engine_seconds)
    expect(server!.cpu_seconds).toBeGreaterThanOrEqual(0)
    expect(server!.processed_rows).toBe(15_000)
    const [[files]] = (await schema.run(
      `SELECT sum(file_size_in_bytes) FROM ${CATALOG}.${schema.name}."silver$files"`,
    )) as [[bigint]]
    expect(server!.physical_bytes).toBeGreaterThan(10_000)
    expect(server!.physical_bytes).toBeLessThanOrEqual(Number(files))
    expect(bytes_read).toBe(server!.processed_bytes)
    expect(server!.peak_memory_bytes).toBeGreaterThan(0)
  })

  const LONG =
    'SELECT count(*) FROM tpch.sf100.lineitem AS l CROSS JOIN tpch.sf100.orders AS o WHERE l.comment < o.comment'
  const state = async (sql: string) => {
    const [row] = await schema.run(
      `SELECT state, error_code FROM system.runtime.queries WHERE query = '${sql.replaceAll("'", "''")}' ORDER BY created DESC LIMIT 1`,
    )
    return row
  }

  test('an aborted query has ended on the server when the call rejects', async () => {
    const sql = `${LONG} AND 1 = 1`
    const running = schema.engine.query(sql, { signal: AbortSignal.timeout(1500) })
    await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await state(sql)).toEqual(['FAILED', 'USER_CANCELED'])
  })

  test('close ends what still runs', async () => {
    const sql = `${LONG} AND 2 = 2`
    const engine = await openTrino(schema.options())
    const running = engine.query(sql, { signal: never() }).catch(e => e)
    await new Promise(resolve => setTimeout(resolve, 1000))
    await engine.close()
    expect(await running).toBeInstanceOf(QueryFailedError)
    expect(await state(sql)).toEqual(['FAILED', 'USER_CANCELED'])
  })

  test('queries carry the run id, the user and the session of the options', async () => {
    const engine = await openTrino(
      schema.options({ user: 'alice', source: 'run 7', session: { query_max_run_time: '7m' } }),
    )
    const { rows, server } = await engine.query('SELECT current_user, current_catalog', {
      signal: never(),
    })
    expect(rows).toEqual([['alice', CATALOG]])
    const [[source]] = (await schema.run(
      `SELECT source FROM system.runtime.queries WHERE query_id = '${server!.query_id}'`,
    )) as [[string]]
    expect(source).toBe('lakebench/run 7')
    const session = await engine.query("SHOW SESSION LIKE 'query_max_run_time'", {
      signal: never(),
    })
    expect(session.rows[0]![1]).toBe('7m')
    await engine.close()
  })

  test.each([
    [
      'catalog',
      { catalog: 'no such "lake"' },
      /CATALOG_NOT_FOUND.*Set architecture\.query_engine\.catalog/,
    ],
    [
      'schema',
      { tables: { silver: 'nowhere.silver', gold: 'nowhere.gold' } },
      /SCHEMA_NOT_FOUND.*Check architecture\.tables/,
    ],
  ])('a wrong %s is named with what to do', async (_, options, message) => {
    const engine = await openTrino(schema.options(options))
    await expect(engine.query('SELECT * FROM {silver}', { signal: never() })).rejects.toThrow(
      message,
    )
    await engine.close()
  })

  test('describes itself', async () => {
    expect(await schema.engine.describe()).toEqual({
      name: 'trino',
      version: '476',
      details: { address: servers.trino(), catalog: CATALOG, environment: 'stack', nodes: 1 },
    })
  })

  test('a check says what is there', async () => {
    expect(await checkTrino(schema.options())).toMatchObject({
      part: 'query engine',
      address: servers.trino(),
      healthy: true,
      version: '476',
      latency_ms: expect.any(Number),
      details: [`The catalog ${CATALOG} is there.`],
    })
    const early = await checkTrino(
      schema.options({ tables: { silver: 'not_yet.t', gold: `${schema.name}.gold` } }),
    )
    expect(early).toMatchObject({
      healthy: true,
      details: [expect.any(String), 'Not there yet: schema not_yet. A run makes it.'],
    })
  })

  test('a check says what is wrong', async () => {
    const wrong = await checkTrino(schema.options({ catalog: 'nope' }))
    expect(wrong).toMatchObject({ healthy: false, version: '476' })
    expect(wrong.details[0]).toMatch(
      /It has no catalog "nope", but .*lakehouse.*\. Set architecture\.query_engine\.catalog\./,
    )
    const down = await checkTrino(schema.options({ url: 'http://127.0.0.1:1' }))
    expect(down).toMatchObject({ healthy: false, version: null, latency_ms: null })
    expect(down.details).toEqual([
      'Trino at http://127.0.0.1:1 cannot be reached (ECONNREFUSED). Check that it runs and that architecture.query_engine.url is its address.',
    ])
    const store = await checkTrino(schema.options({ url: servers.catalog() }))
    expect(store).toMatchObject({ healthy: false, address: servers.catalog() })
  })
})
