import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface FilterResult {
  readonly rows: number
  readonly files: readonly string[]
}

interface Content {
  readonly rows: number
  /** Values of each column as text, sorted, NULLs first. */
  readonly columns: Readonly<
    Record<string, readonly (string | null | readonly (string | null)[])[]>
  >
}

export interface PyIcebergTable extends Content {
  readonly schema: readonly (readonly [id: number, name: string, type: string])[]
  readonly spec: readonly (readonly [
    name: string,
    transform: string,
    source: number,
    field: number,
  ])[]
  readonly partitions: readonly (readonly unknown[])[]
  readonly entries: number
  readonly snapshots: number
  readonly snapshot_id: string
  readonly summary: Readonly<Record<string, string>>
  readonly filters: Readonly<Record<string, FilterResult>>
}

export interface SparkTable extends Content {
  readonly schema: readonly (readonly [name: string, type: string])[]
  readonly files: number
  readonly bounds: readonly unknown[]
  readonly partitions: readonly (readonly [
    values: readonly unknown[],
    rows: number,
    files: number,
  ])[]
  readonly snapshots: readonly (readonly [operation: string, totalRecords: string])[]
  readonly history: number
  readonly metadata_log: number
  readonly filters: Readonly<
    Record<string, FilterResult & { readonly metrics: Readonly<Record<string, number | null>> }>
  >
  readonly query: readonly (readonly (string | null)[])[] | null
}

/** The newest metadata file of a table, which PyIceberg is to be told. */
export function newestMetadata(location: string): string {
  const versions = readdirSync(join(location, 'metadata')).flatMap(
    n => /^v(\d+)\.metadata\.json$/.exec(n)?.[1] ?? [],
  )
  return join(location, 'metadata', `v${Math.max(...versions.map(Number))}.metadata.json`)
}

/** Read tables with PyIceberg, by name. Filters are PyIceberg's row filters. */
export function readWithPyIceberg(
  tables: readonly { name: string; location: string; filters?: readonly string[] }[],
): Promise<Record<string, PyIcebergTable>> {
  const request = tables.map(({ location, ...t }) => ({ ...t, metadata: newestMetadata(location) }))
  return python('read_pyiceberg.py', request)
}

/** Read tables of one warehouse with Spark's hadoop catalog, by `namespace.table`. Filters are SQL conditions. */
export function readWithSpark(
  warehouse: string,
  tables: readonly { name: string; filters?: readonly string[]; query?: string }[],
): Promise<Record<string, SparkTable>> {
  return python('read_spark.py', { warehouse, tables })
}

async function python<T>(script: string, request: unknown): Promise<T> {
  const command = process.env.LAKEBENCH_FOREIGN_PYTHON
  if (command === undefined)
    throw new Error('Run these tests with `npm run test:foreign`, which installs the readers.')
  const { stdout } = await run(
    command,
    [join(import.meta.dirname, script), JSON.stringify(request)],
    {
      maxBuffer: 256 * 2 ** 20,
      env: {
        ...process.env,
        PYSPARK_PYTHON: command,
        PATH: `${dirname(command)}:${process.env.PATH}`,
      },
    },
  )
  // Spark may print lines of its own before the answer.
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}
