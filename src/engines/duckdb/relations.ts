import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../../contracts/errors'
import type { CountOptions } from '../../contracts/lineage'
import type { TableRole } from '../../contracts/tables'
import { loadTable } from '../../iceberg/table'
import type { TableSnapshot } from '../../iceberg/types'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { renderTableFingerprint } from '../../workload/fingerprint'
import { GOLD_COLUMNS } from '../../workload/gold-kpis'
import { SILVER_COLUMNS } from '../../workload/silver-columns'
import { collectSums, renderSums } from '../../workload/sums'
import { type DuckDbSession, fileList, identifier, type StatementOptions } from './session'

/** Where the tables lie, and how the raw rows are read. */
export interface RelationSources {
  readonly silver: string
  readonly gold: string
  /** SQL of the raw rows; resolved at each use, since files may have come. */
  bronze(): Promise<string>
}

/** SQL for `{bronze}`, `{silver}` and `{gold}`: the live files of the current snapshot, which is all that DuckDB needs. */
export class Relations {
  private readonly loaded = new Map<string, { version: string; sql: string }>()

  constructor(private readonly sources: RelationSources) {}

  async sql(role: TableRole): Promise<string> {
    if (role === 'bronze') return this.sources.bronze()
    const location = this.sources[role]
    const version = await newestMetadata(location)
    const known = this.loaded.get(location)
    if (known && known.version === version) return known.sql
    const sql = tableSql(await builtTable(role, location))
    this.loaded.set(location, { version: version!, sql })
    return sql
  }

  /** Forget what is known of the tables. Resolves to their data files and metadata files, for caches that work on files. */
  async forget(): Promise<[data: readonly string[], metadata: readonly string[]]> {
    this.loaded.clear()
    const locations = [this.sources.silver, this.sources.gold]
    const tables = await Promise.all(locations.map(location => loadTable(location)))
    const metadata = await Promise.all(
      locations.map(async l => (await metadataFiles(l)).map(n => join(l, 'metadata', n))),
    )
    return [tables.flatMap(table => table?.files.map(f => f.path) ?? []), metadata.flat()]
  }
}

const metadataFiles = (location: string) =>
  readdir(join(location, 'metadata')).catch(() => [] as string[])

/** @throws PrerequisiteError where it was not built yet */
export async function builtTable(role: TableRole, location: string): Promise<TableSnapshot> {
  const table = await loadTable(location)
  if (table) return table
  throw new PrerequisiteError(
    `There is no ${role} table at ${location} yet. Run the stages that build it first: \`lakebench run --generate\`.`,
  )
}

async function newestMetadata(location: string): Promise<string | null> {
  const names = await metadataFiles(location)
  const versions = names.flatMap(n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [])
  return versions.length === 0 ? null : versions.reduce((a, b) => (Number(a) > Number(b) ? a : b))
}

/** The rows of a table's snapshot as a table expression. */
export function tableSql(table: TableSnapshot): string {
  if (table.files.length > 0)
    return `read_parquet(${fileList(table.files.map(f => f.path))}, hive_partitioning = false)`
  const columns = table.columns.map(
    c => `CAST(NULL AS ${DUCKDB.typeName(c.type)}) AS ${identifier(c.name)}`,
  )
  return `(SELECT ${columns.join(', ')} WHERE false)`
}

const COLUMNS = { silver: SILVER_COLUMNS, gold: GOLD_COLUMNS }

/** One digest of a table's rows, whatever their order, files and strategy. */
export async function tableFingerprint(
  session: DuckDbSession,
  role: 'silver' | 'gold',
  source: string,
  options: StatementOptions,
): Promise<string> {
  const [row] = await session.rows(
    renderTableFingerprint(DUCKDB, { source, columns: COLUMNS[role] }),
    options,
  )
  return String(row!.fingerprint)
}

/** Counts over what lies there; `source`: SQL of a table's rows. */
export const readSums = (
  session: DuckDbSession,
  source: (role: TableRole) => Promise<string>,
  options: CountOptions,
) =>
  collectSums(async what => {
    const rows = await source(what === 'findings' ? 'bronze' : what)
    return session.rows(renderSums(DUCKDB, what, rows), { signal: options.signal })
  }, options)
