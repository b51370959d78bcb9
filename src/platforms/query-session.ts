import { join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type {
  CacheFlush,
  EngineDescription,
  PartStatus,
  QueryEngine,
  QueryResponse,
} from '../contracts/ports'
import { never } from '../shared/abort'
import { HOUSEKEEPING, SPILLED } from '../storage/lease'
import { parseTableName, tableLocation } from '../storage/table-name'
import { localRoot } from './storage-place'

/** The query engine that a config names, beside a Spark that writes the tables; `null` for none. */
export async function openQueryEngine(config: ResolvedConfig): Promise<QueryEngine | null> {
  switch (config.architecture.query_engine.type) {
    case 'none':
      return null
    case 'trino':
      return new LazyQueryEngine('trino', async signal => {
        const { openTrino } = await import('../engines/trino/query-engine')
        return openTrino(trinoOptions(config), { signal })
      })
    case 'duckdb':
      return openDuckDb(config)
  }
}

/** Asked for the first time by the first query, so that a server that is not there ends a stage, with a record. */
class LazyQueryEngine implements QueryEngine {
  private opened: QueryEngine | null = null

  constructor(
    readonly dialect: QueryEngine['dialect'],
    private readonly open: (signal: AbortSignal) => Promise<QueryEngine>,
  ) {}

  get capabilities(): QueryEngine['capabilities'] {
    return this.opened?.capabilities ?? { provesColdCache: false, reportsBytesRead: true }
  }

  async query(sql: string, options: { signal: AbortSignal }): Promise<QueryResponse> {
    return (await this.engine(options.signal)).query(sql, options)
  }

  /** Lists the tables of an engine that was asked already: nobody waits for a server that no stage needs. */
  async tables(): ReturnType<NonNullable<QueryEngine['tables']>> {
    return (await this.opened?.tables?.()) ?? {}
  }

  async flushCaches(): Promise<CacheFlush> {
    return (await this.engine()).flushCaches()
  }

  async describe(): Promise<EngineDescription> {
    return (await this.engine()).describe()
  }

  async close(): Promise<void> {
    await this.opened?.close()
  }

  private async engine(signal: AbortSignal = never()): Promise<QueryEngine> {
    this.opened ??= await this.open(signal)
    return this.opened
  }
}

/** Whether it answers; `null` where it needs no server. Never throws. */
export async function checkQueryEngine(config: ResolvedConfig): Promise<PartStatus | null> {
  if (config.architecture.query_engine.type !== 'trino') return null
  const { checkTrino } = await import('../engines/trino/check-trino')
  return checkTrino(trinoOptions(config))
}

function trinoOptions({ name, architecture: { query_engine, tables } }: ResolvedConfig) {
  const { url, catalog, user, password, ca_cert } = query_engine
  const { silver, gold } = tables
  return {
    url,
    catalog,
    user,
    password,
    ca_cert,
    tables: { silver, gold },
    source: name.replace(/[^\x20-\x7e]/g, '?'),
  }
}

/** DuckDB over the Iceberg tables that Spark writes to this disk. */
async function openDuckDb(config: ResolvedConfig): Promise<QueryEngine> {
  const [{ DuckDbSession }, { Relations }, { DuckDbQueryEngine }] = await Promise.all([
    import('../engines/duckdb/session'),
    import('../engines/duckdb/relations'),
    import('../engines/duckdb/query-engine'),
  ])
  const root = localRoot(config)
  const { silver, gold } = config.architecture.tables
  const session = await DuckDbSession.open(join(root, HOUSEKEEPING, SPILLED))
  const relations = new Relations({
    silver: tableLocation(root, 'silver', parseTableName(silver)),
    gold: tableLocation(root, 'gold', parseTableName(gold)),
    bronze: async () => {
      throw new PrerequisiteError(
        'Queries over {bronze} need the embedded engine; ask {silver} or {gold}.',
      )
    },
  })
  const engine = new DuckDbQueryEngine(session, relations)
  return closingWith(engine, async () => session.close())
}

/** The engine, closed together with what it was opened with. */
export const closingWith = (engine: QueryEngine, close: () => Promise<void>): QueryEngine => ({
  dialect: engine.dialect,
  get capabilities() {
    return engine.capabilities
  },
  query: (sql, options) => engine.query(sql, options),
  flushCaches: () => engine.flushCaches(),
  describe: () => engine.describe(),
  close,
})
