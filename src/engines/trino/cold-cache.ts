import { LakebenchError } from '../../contracts/errors'
import type { CacheFlush } from '../../contracts/ports'
import { TRINO } from '../../workload/dialects/trino'
import { reasonOf } from './errors'
import type { TrinoTables } from './options'
import { countOf } from './page'
import type { StatementResult } from './statement'

/** Counters of Trino's JMX tables of caches and stores; one row a node and catalog. */
const CACHE_HITS = ['io.trino.filesystem.memory:*', 'hitcount'] as const
const STORE_REQUESTS = ['io.trino.filesystem.s3:*', 'getobject.calls.totalcount'] as const

/**
 * Drops what Trino keeps of a catalog, and looks whether that had an effect.
 *
 * Data files are read from the store by every query unless the catalog has `fs.cache.enabled`. Metadata files (manifests)
 * stay in the coordinator's memory for an hour, by default. Hive and Delta Lake catalogs have a procedure against that; the
 * Iceberg connector of Trino 476 has none, and there the only cold way is a catalog with
 * `iceberg.metadata-cache.enabled=false`. What holds is shown by counters of the `jmx` connector: metadata that was read a
 * moment ago is read again, and must come from the store.
 */
export class ColdCache {
  private proof: CacheFlush | null = null

  constructor(
    private readonly tables: TrinoTables,
    private readonly run: (sql: string) => Promise<StatementResult>,
  ) {}

  get proven(): boolean {
    return this.proof?.proven ?? false
  }

  /** The proof is made once; later flushes repeat the procedure only. Never rejects for what Trino answers. */
  async flush(): Promise<CacheFlush> {
    try {
      if (this.proof === null) this.proof = await this.prove()
      else await this.callProcedure()
      return this.proof
    } catch (error) {
      if (!(error instanceof LakebenchError)) throw error
      return { proven: false, detail: `the caches of Trino could not be flushed: ${error.message}` }
    }
  }

  private async prove(): Promise<CacheFlush> {
    const { rows } = await this.run(
      "SELECT catalog_name FROM system.metadata.catalogs WHERE connector_name = 'jmx' ORDER BY catalog_name LIMIT 1",
    )
    const jmx = rows[0]?.[0]
    if (typeof jmx === 'string') await this.touchMetadata()
    const called = await this.callProcedure()
    const flushed = called
      ? 'system.flush_metadata_cache ran'
      : `catalog ${TRINO.identifier(this.tables.catalog)} has no system.flush_metadata_cache`
    if (typeof jmx !== 'string') {
      return {
        proven: false,
        detail: `${flushed}; no catalog of Trino has the jmx connector, whose counters would show its effect`,
      }
    }
    const counted = () =>
      Promise.all([this.counter(jmx, CACHE_HITS), this.counter(jmx, STORE_REQUESTS)])
    const before = await counted()
    await this.touchMetadata()
    const after = await counted()
    // What the proof itself read is dropped again.
    if (called) await this.callProcedure()
    const [hits, requests] = after.map((count, i) =>
      count === null || before[i] == null ? null : count - before[i],
    )
    return verdict(flushed, hits!, requests!)
  }

  /** Reads the newest manifests of the tables. */
  private async touchMetadata(): Promise<void> {
    for (const relation of Object.values(this.tables.relations))
      await this.run(`SELECT count(*) FROM ${relation.slice(0, -1)}$files"`)
  }

  /** False where the catalog has none. */
  private async callProcedure(): Promise<boolean> {
    try {
      const catalog = TRINO.identifier(this.tables.catalog)
      await this.run(`CALL ${catalog}.system.flush_metadata_cache()`)
      return true
    } catch (error) {
      if (reasonOf(error) !== 'PROCEDURE_NOT_FOUND') throw error
      return false
    }
  }

  /** Sum over the nodes; `null` where no node counts that for this catalog. */
  private async counter(
    jmx: string,
    [table, column]: readonly [string, string],
  ): Promise<number | null> {
    const properties = "concat(',', substr(object_name, strpos(object_name, ':') + 1), ',')"
    const name = TRINO.text(`,name=${this.tables.catalog},`)
    const from = [jmx, 'current', table].map(TRINO.identifier).join('.')
    try {
      const { rows } = await this.run(
        `SELECT sum(CAST(${TRINO.identifier(column)} AS BIGINT)) FROM ${from} WHERE strpos(${properties}, ${name}) > 0`,
      )
      return countOf(rows[0]?.[0])
    } catch (error) {
      if (/^(TABLE|COLUMN)_NOT_FOUND$/.test(reasonOf(error) ?? '')) return null
      throw error
    }
  }
}

function verdict(flushed: string, hits: number | null, requests: number | null): CacheFlush {
  const unproven =
    hits !== null && hits > 0
      ? `of the metadata read right after, Trino's memory cache answered ${hits} reads. Set iceberg.metadata-cache.enabled=false in the catalog to run cold`
      : requests === null
        ? 'Trino counts no requests to the store of this catalog'
        : requests === 0
          ? 'the metadata read right after came from a cache: no request reached the store'
          : null
  return {
    proven: unproven === null,
    detail: `${flushed}; ${unproven ?? `metadata that was read twice came from the store again (${requests} requests, no hit of a cache)`}`,
  }
}
