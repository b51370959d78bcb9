import { z } from 'zod'
import type { TableFiles } from '../../contracts/tables'
import { TRINO } from '../../workload/dialects/trino'
import type { TrinoTables } from './options'
import { CountSchema, countOf } from './page'

type Ask = (sql: string) => Promise<readonly (readonly unknown[])[]>
/** An error of the server; the text continues "Trino at <address> …". */
type Wrong = (what: string) => Error

/** e.g. `partitioning = ARRAY['month(interaction_date)']`; of more fields than one, all of them. */
const PARTITIONING = /partitioning = ARRAY\[((?:'[^']*'[,\s]*)+)\]/
const BOUNDS = ['lower', 'upper'].map(
  end =>
    `date_diff('day', DATE '1970-01-01', CAST(json_extract_scalar(readable_metrics, '$.interaction_date.${end}_bound') AS DATE))`,
)

const day = z.bigint().transform(Number).nullable()
const FileRows = z.array(z.tuple([CountSchema, CountSchema, z.string().nullable(), day, day]))
const SnapshotRows = z
  .array(
    z.tuple([
      z.string(),
      z.string().transform((text, context) => {
        try {
          return z.record(z.string(), z.string()).parse(JSON.parse(text))
        } catch {
          context.addIssue('is no summary of a snapshot')
          return z.NEVER
        }
      }),
    ]),
  )
  .max(1)

/** Both tables by their own metadata; one that is not there is left out. */
export async function readTables(
  { catalog, names, relations }: TrinoTables,
  ask: Ask,
  wrong: Wrong,
) {
  const there = async ([namespace, table]: readonly [string, string]) => {
    const found = await ask(
      `SELECT count(*) FROM ${TRINO.identifier(catalog)}.information_schema.tables
        WHERE table_schema = ${TRINO.text(namespace)} AND table_name = ${TRINO.text(table)}`,
    )
    return countOf(found[0]?.[0]) !== 0
  }
  const read = async (role: 'silver' | 'gold') =>
    (await there(names[role])) ? { [role]: await tableFiles(relations[role], ask, wrong) } : {}
  return { ...(await read('silver')), ...(await read('gold')) }
}

/**
 * A table as its Iceberg metadata describes it to Trino: the current snapshot, what lakebench wrote into it, and its data files.
 * @param relation quoted, with the catalog
 */
async function tableFiles(relation: string, ask: Ask, wrong: Wrong): Promise<TableFiles> {
  const read = <T>(schema: z.ZodType<T>, rows: unknown): T => {
    const parsed = schema.safeParse(rows)
    if (parsed.success) return parsed.data
    const { path, message } = parsed.error.issues[0]!
    throw wrong(`describes ${relation} as Trino does not (${path.join('.')}: ${message})`)
  }
  const metadata = (table: string) => relation.replace(/"$/, `$${table}"`)
  const [[shown] = [], snapshots] = await Promise.all([
    ask(`SHOW CREATE TABLE ${relation}`),
    ask(`SELECT CAST(snapshot_id AS VARCHAR), json_format(CAST(summary AS JSON)) FROM ${metadata('snapshots')}
      WHERE snapshot_id = (SELECT snapshot_id FROM ${metadata('refs')} WHERE name = 'main')`),
  ])
  const partitioned_by = PARTITIONING.exec(String(shown?.[0]))?.[1]?.replaceAll("'", '') ?? null
  // A table without partitions has no such column.
  const partition = partitioned_by === null ? 'NULL' : 'json_format(CAST(partition AS JSON))'
  const files = await ask(
    `SELECT file_size_in_bytes, record_count, ${[partition, ...BOUNDS].join(', ')} FROM ${metadata('files')} WHERE content = 0`,
  )
  const [current] = read(SnapshotRows, snapshots)
  return {
    snapshot_id: current?.[0] ?? null,
    summary: current?.[1] ?? {},
    faults: null,
    partitioned_by,
    files: read(FileRows, files).map(([bytes, rows, partition, lower_day, upper_day]) => ({
      bytes,
      rows,
      partition,
      lower_day,
      upper_day,
    })),
  }
}
