import { performance } from 'node:perf_hooks'
import { shortMessage } from '../../contracts/errors'
import type { PartStatus } from '../../contracts/status'
import { TRINO } from '../../workload/dialects/trino'
import { type TrinoAddress, trinoAddress } from './address'
import { Connection } from './connection'
import { requestFailure } from './explain-error'
import { DEFAULT_LIMITS, type TrinoOptions } from './options'
import { type ServerInfo, serverInfo } from './server-info'
import { runStatement } from './statement'
import { tableParts } from './tables'

/** A health check that takes longer has its answer. */
const REQUEST_SECONDS = 10
const CHECK_SECONDS = 30

const PART = 'query engine'

/** Whether a Trino answers, which one it is, and whether it has the catalog and the schemas of the tables. Never rejects. */
export async function checkTrino(
  options: TrinoOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<PartStatus> {
  let address: TrinoAddress
  try {
    address = trinoAddress(options)
  } catch (error) {
    return unhealthy(originOf(options.url), null, [shortMessage(error)])
  }
  const timeout = AbortSignal.timeout(CHECK_SECONDS * 1000)
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout
  let info: ServerInfo | null = null
  let connection: Connection | null = null
  try {
    connection = await Connection.open(address, options)
    info = await serverInfo(connection, { signal: either, timeoutMs: REQUEST_SECONDS * 1000 })
    if (info.starting) {
      return unhealthy(address.origin, info.version, [
        `Trino at ${address.origin} is starting. Wait until its /v1/info says "starting": false.`,
      ])
    }
    return await look(connection, info, options, either)
  } catch (error) {
    const late = timeout.aborted && !signal?.aborted
    const message = late
      ? `Trino at ${address.origin} did not answer all questions within ${CHECK_SECONDS} s. Check its load.`
      : shortMessage(requestFailure(error, address.origin, null))
    return unhealthy(address.origin, info?.version ?? null, [message])
  } finally {
    connection?.close()
  }
}

async function look(
  connection: Connection,
  info: ServerInfo,
  options: TrinoOptions,
  signal: AbortSignal,
): Promise<PartStatus> {
  const { origin } = connection.address
  const limits = {
    ...DEFAULT_LIMITS,
    request_seconds: REQUEST_SECONDS,
    start_seconds: 0,
    retry_seconds: 1,
  }
  const ask = async (sql: string) => {
    const { rows } = await runStatement(connection, sql, { signal, limits })
    return rows.map(row => String(row[0]))
  }
  const started = performance.now()
  await ask('SELECT 1')
  const latency_ms = performance.now() - started
  const status = { part: PART, address: origin, version: info.version, latency_ms }

  const catalogs = await ask('SHOW CATALOGS')
  if (!catalogs.includes(options.catalog)) {
    const problem = `It has no catalog ${JSON.stringify(options.catalog)}, but ${catalogs.join(', ')}. Set architecture.query_engine.catalog.`
    return { ...status, healthy: false, details: [problem] }
  }
  const schemas = await ask(`SHOW SCHEMAS FROM ${TRINO.identifier(options.catalog)}`)
  const wanted = (['silver', 'gold'] as const).map(
    role => tableParts(options.tables[role], role)[0],
  )
  const missing = [...new Set(wanted)].filter(s => !schemas.includes(s))
  const details = [`The catalog ${options.catalog} is there.`]
  // A first run makes the schemas, so their absence is no fault.
  if (missing.length > 0)
    details.push(`Not there yet: schema ${missing.join(', ')}. A run makes it.`)
  return { ...status, healthy: true, details }
}

const unhealthy = (
  address: string,
  version: string | null,
  details: readonly string[],
): PartStatus => ({
  part: PART,
  address,
  healthy: false,
  version,
  latency_ms: null,
  details,
})

/** Never the whole text: it may hold credentials. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'no URL')
