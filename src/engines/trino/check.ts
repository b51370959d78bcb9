import { performance } from 'node:perf_hooks'
import { shortMessage } from '../../contracts/errors'
import type { PartStatus } from '../../contracts/status'
import { TrinoConnection } from './connection'
import type { TrinoOptions } from './options'
import { TrinoQueryEngine } from './query-engine'
import { runStatement } from './statement'

const DEADLINE_MS = 20_000

/** Whether a Trino is there, ready, and knows the catalog. Never throws. */
export async function checkTrino(options: TrinoOptions): Promise<PartStatus> {
  const part = 'query engine'
  let address = 'trino'
  let connection: TrinoConnection | null = null
  let version: string | null = null
  const unhealthy = (detail: string): PartStatus => ({
    part,
    address,
    healthy: false,
    version,
    latency_ms: null,
    details: [detail],
  })
  try {
    connection = await TrinoConnection.open(options)
    address = connection.address.origin
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const info = await new TrinoQueryEngine(connection, options).info(signal)
    version = info.version
    if (info.starting)
      return unhealthy(`Trino at ${address} is starting. Wait until ${address}/v1/info says "starting":false.`)
    const started = performance.now()
    await runStatement(connection, 'SELECT 1', signal)
    const latency_ms = performance.now() - started
    const { rows } = await runStatement(connection, 'SHOW CATALOGS', signal)
    const catalogs = rows.map(row => String(row[0]))
    if (!catalogs.includes(options.catalog))
      return unhealthy(
        `Trino at ${address} has no catalog ${JSON.stringify(options.catalog)}; it has ${catalogs.join(', ') || 'none'}. Correct architecture.query_engine.catalog, or add the catalog to Trino.`,
      )
    return { part, address, healthy: true, version, latency_ms, details: [`trino, catalog ${options.catalog}`] }
  } catch (error) {
    return unhealthy(shortMessage(error))
  } finally {
    connection?.close()
  }
}
