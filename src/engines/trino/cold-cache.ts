import { LakebenchError } from '../../contracts/errors'
import type { CacheFlush } from '../../contracts/ports'
import { TRINO } from '../../workload/dialects/trino'
import { countOf } from './cells'
import { trinoErrorName } from './explain-error'
import type { StatementResult } from './statement'

type Run = (sql: string) => Promise<StatementResult>

/** What a look at the tables' metadata cost; `null` where the server does not say. */
interface Reads {
  /** Answered by the memory cache of metadata files. */
  readonly hits: number | null
  /** Requests for objects to the store. */
  readonly gets: number | null
}

/** Trino's JMX tables of caches and stores; one row a node and catalog. */
const MEMORY_CACHE = 'io.trino.filesystem.memory:*'
const S3 = 'io.trino.filesystem.s3:*'

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
    private readonly tables: {
      readonly catalog: string
      readonly relations: Readonly<Record<string, string>>
    },
    private readonly run: Run,
  ) {}

  get proven(): boolean {
    return this.proof?.proven ?? false
  }

  /** The proof is made once; later flushes repeat the procedure only. Never rejects for what Trino answers. */
  async flush(): Promise<CacheFlush> {
    try {
      if (this.proof !== null) {
        await this.callProcedure()
        return this.proof
      }
      this.proof = await this.prove()
      return this.proof
    } catch (error) {
      if (!(error instanceof LakebenchError)) throw error
      return { proven: false, detail: `the caches of Trino could not be flushed: ${error.message}` }
    }
  }

  private async prove(): Promise<CacheFlush> {
    const jmx = await this.jmxCatalog()
    if (jmx === null) {
      const flushed = await this.callProcedure()
      return {
        proven: false,
        detail: `${flushed.text}; no catalog of Trino has the jmx connector, whose counters would show its effect`,
      }
    }
    await this.touchMetadata()
    const flushed = await this.callProcedure()
    const before = await this.reads(jmx)
    await this.touchMetadata()
    const after = await this.reads(jmx)
    // What the proof itself read is dropped again.
    if (flushed.done) await this.callProcedure()
    return verdict(flushed.text, difference(before, after))
  }

  /** Reads the newest manifests of the tables. */
  private async touchMetadata(): Promise<void> {
    for (const relation of Object.values(this.tables.relations)) {
      const files = `${relation.slice(0, -1)}$files"`
      await this.run(`SELECT count(*) FROM ${files}`)
    }
  }

  private async callProcedure(): Promise<{ done: boolean; text: string }> {
    const catalog = TRINO.identifier(this.tables.catalog)
    try {
      await this.run(`CALL ${catalog}.system.flush_metadata_cache()`)
      return { done: true, text: 'system.flush_metadata_cache ran' }
    } catch (error) {
      if (trinoErrorName(error) !== 'PROCEDURE_NOT_FOUND') throw error
      return { done: false, text: `catalog ${catalog} has no system.flush_metadata_cache` }
    }
  }

  private async jmxCatalog(): Promise<string | null> {
    const { rows } = await this.run(
      "SELECT catalog_name FROM system.metadata.catalogs WHERE connector_name = 'jmx' ORDER BY catalog_name LIMIT 1",
    )
    return typeof rows[0]?.[0] === 'string' ? rows[0][0] : null
  }

  private async reads(jmx: string): Promise<Reads> {
    return {
      hits: await this.counter(jmx, MEMORY_CACHE, 'hitcount'),
      gets: await this.counter(jmx, S3, 'getobject.calls.totalcount'),
    }
  }

  /** Sum over the nodes; `null` where no node counts that for this catalog. */
  private async counter(jmx: string, table: string, column: string): Promise<number | null> {
    const properties = "concat(',', substr(object_name, strpos(object_name, ':') + 1), ',')"
    const name = TRINO.text(`,name=${this.tables.catalog},`)
    const from = [jmx, 'current', table].map(TRINO.identifier).join('.')
    try {
      const { rows } = await this.run(
        `SELECT sum(CAST(${TRINO.identifier(column)} AS BIGINT)) FROM ${from} WHERE strpos(${properties}, ${name}) > 0`,
      )
      return countOf(rows[0]?.[0])
    } catch (error) {
      const name = trinoErrorName(error)
      if (name === 'TABLE_NOT_FOUND' || name === 'COLUMN_NOT_FOUND') return null
      throw error
    }
  }
}

const difference = (before: Reads, after: Reads): Reads => ({
  hits: before.hits === null || after.hits === null ? null : after.hits - before.hits,
  gets: before.gets === null || after.gets === null ? null : after.gets - before.gets,
})

function verdict(flushed: string, { hits, gets }: Reads): CacheFlush {
  if (hits !== null && hits > 0) {
    return {
      proven: false,
      detail: `${flushed}; of the metadata read right after, Trino's memory cache answered ${hits} reads. Set iceberg.metadata-cache.enabled=false in the catalog to run cold`,
    }
  }
  if (gets === null)
    return {
      proven: false,
      detail: `${flushed}; Trino counts no requests to the store of this catalog`,
    }
  if (gets === 0) {
    return {
      proven: false,
      detail: `${flushed}; the metadata read right after came from a cache: no request reached the store`,
    }
  }
  return {
    proven: true,
    detail: `${flushed}; metadata that was read twice came from the store again (${gets} requests, no hit of a cache)`,
  }
}
