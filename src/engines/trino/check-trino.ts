import { performance } from 'node:perf_hooks'
import { shortMessage } from '../../contracts/errors'
import type { PartStatus } from '../../contracts/ports'
import { TRINO } from '../../workload/dialects/trino'
import { Connection, serverInfo } from './connection'
import { type TrinoOptions, tableParts } from './options'
import { runStatement } from './statement'

/** A health check that takes longer has its answer. */
const CHECK_SECONDS = 30
const LIMITS = { request_seconds: 10, start_seconds: 0, retry_seconds: 1 }

/** Whether a Trino answers, which one it is, and whether it has the catalog and the schemas of the tables. Never rejects. */
export async function checkTrino(
  options: TrinoOptions,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<PartStatus> {
  const timeout = AbortSignal.timeout(CHECK_SECONDS * 1000)
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout
  let status: Omit<PartStatus, 'details'> = {
    part: 'query engine',
    // Never the whole text: it may hold credentials.
    address: URL.canParse(options.url) ? new URL(options.url).origin : 'no URL',
    healthy: false,
    version: null,
    latency_ms: null,
  }
  let connection: Connection | null = null
  try {
    // Without a catalog, which need not be there.
    connection = await Connection.open({ ...options, catalog: '', limits: LIMITS })
    const { origin } = connection.address
    const info = await serverInfo(connection.requests(), either)
    status = { ...status, version: info.version }
    if (info.starting) {
      const details = [
        `Trino at ${origin} is starting. Wait until its /v1/info says "starting": false.`,
      ]
      return { ...status, details }
    }
    const started = performance.now()
    await runStatement(connection, 'SELECT 1', either)
    status = { ...status, latency_ms: performance.now() - started }
    const problem = await missingCatalog(connection, options, either)
    if (problem !== null) return { ...status, details: [problem] }
    return { ...status, healthy: true, details: await schemaDetails(connection, options, either) }
  } catch (error) {
    const late = timeout.aborted && !signal?.aborted
    const message = late
      ? `Trino at ${status.address} did not answer all questions within ${CHECK_SECONDS} s. Check its load.`
      : shortMessage(error)
    return { ...status, latency_ms: null, details: [message] }
  } finally {
    connection?.close()
  }
}

/** The first column of a result. */
async function listed(connection: Connection, sql: string, signal: AbortSignal): Promise<string[]> {
  return (await runStatement(connection, sql, signal)).rows.map(row => String(row[0]))
}

async function missingCatalog(
  connection: Connection,
  { catalog }: TrinoOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const catalogs = await listed(connection, 'SHOW CATALOGS', signal)
  if (catalogs.includes(catalog)) return null
  return `It has no catalog ${JSON.stringify(catalog)}, but ${catalogs.join(', ')}. Set architecture.query_engine.catalog.`
}

async function schemaDetails(
  connection: Connection,
  { catalog, tables }: TrinoOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const sql = `SHOW SCHEMAS FROM ${TRINO.identifier(catalog)}`
  const schemas = await listed(connection, sql, signal)
  const wanted = (['silver', 'gold'] as const).map(role => tableParts(tables[role], role)[0])
  const missing = [...new Set(wanted)].filter(schema => !schemas.includes(schema))
  const there = `The catalog ${catalog} is there.`
  if (missing.length === 0) return [there]
  // A first run makes the schemas, so their absence is no fault.
  return [there, `Not there yet: schema ${missing.join(', ')}. A run makes it.`]
}
