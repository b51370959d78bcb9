import { PrerequisiteError } from '../../contracts/errors'
import { trinoAddress } from './address'
import { Connection } from './connection'
import { DEFAULT_LIMITS, type TrinoOptions } from './options'
import { TrinoQueryEngine } from './query-engine'
import { readyServer } from './server-info'
import { trinoTables } from './tables'

/**
 * Connect to a Trino; waits while it says that it is starting (`limits.start_seconds`).
 * @throws PrerequisiteError for options that cannot work or a server that cannot be reached; the signal's reason
 */
export async function openTrino(
  options: TrinoOptions,
  { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
): Promise<TrinoQueryEngine> {
  const address = trinoAddress(options)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  if (options.catalog === '') {
    throw new PrerequisiteError(
      `Which catalog of Trino at ${address.origin} holds the tables? Set architecture.query_engine.catalog.`,
    )
  }
  const tables = trinoTables(options.catalog, options.tables)
  const connection = await Connection.open(address, options)
  try {
    return new TrinoQueryEngine(
      connection,
      tables,
      limits,
      await readyServer(connection, limits, signal),
    )
  } catch (error) {
    connection.close()
    throw error
  }
}
