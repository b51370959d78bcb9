import type { PartitionBy, TableColumn } from '../../contracts/tables'
import type { Bound, ColumnStats, DataFile } from '../../iceberg/types'

/** One row of `COPY … (RETURN_STATS)` as JSON. */
export interface CopyStatsRow {
  readonly filename: string
  readonly count: string | number
  readonly file_size_bytes: string | number
  readonly column_statistics: readonly {
    key: string
    value: readonly { key: string; value: string }[]
  }[]
  readonly partition_keys: readonly { key: string; value: string | null }[] | null
}

const DAY_MS = 86_400_000

/** Statistics that DuckDB measured of a file while writing it, as an Iceberg manifest wants them: no second look at the file. */
export function dataFile(
  row: CopyStatsRow,
  columns: readonly TableColumn[],
  partitionBy: PartitionBy | null,
): DataFile {
  const stats = new Map(
    row.column_statistics.map(c => [c.key, new Map(c.value.map(s => [s.key, s.value]))]),
  )
  const byColumn: Record<string, ColumnStats> = {}
  for (const column of columns) {
    const found = stats.get(`"${column.name.replaceAll('"', '""')}"`)
    if (found) byColumn[column.name] = columnStats(found, column)
  }
  const key = partitionBy
    ? row.partition_keys?.find(k => k.key === partitionColumn(partitionBy))
    : undefined
  return {
    path: row.filename,
    rows: Number(row.count),
    bytes: Number(row.file_size_bytes),
    partition: partitionBy ? partitionOrdinal(key?.value ?? null, partitionBy) : null,
    columns: byColumn,
  }
}

/** The helper column a partitioned COPY writes its folders by. */
export const partitionColumn = (by: PartitionBy): string => `${by.column}_${by.transform}`

function columnStats(found: ReadonlyMap<string, string>, column: TableColumn): ColumnStats {
  const number = (key: string) => (found.has(key) ? Number(found.get(key)) : null)
  const hasNan = found.get('has_nan')
  const bounded = column.type !== 'string_list'
  return {
    values: number('num_values') ?? 0,
    nulls: number('null_count') ?? 0,
    nans: hasNan === 'false' ? 0 : null,
    size: number('column_size_bytes'),
    lower: bounded ? bound(found.get('min'), column) : null,
    upper: bounded ? bound(found.get('max'), column) : null,
  }
}

/** A bound that cannot be read exactly is left out: a missing bound only costs pruning, a wrong one costs rows. */
function bound(text: string | undefined, column: TableColumn): Bound | null {
  if (text === undefined) return null
  switch (column.type) {
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : null
    case 'int':
      return /^-?\d+$/.test(text) ? Number(text) : null
    case 'double': {
      const value = Number(text)
      return Number.isFinite(value) ? value : null
    }
    case 'boolean':
      return text === '1' || text === 'true'
        ? true
        : text === '0' || text === 'false'
          ? false
          : null
    case 'date':
      return daysSinceEpoch(text)
    case 'timestamp':
      return microsSinceEpoch(text)
    case 'string':
      return text
    default:
      return null
  }
}

function daysSinceEpoch(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / DAY_MS : null
}

function microsSinceEpoch(text: string): bigint | null {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  if (!match) return null
  const days = daysSinceEpoch(match[1]!)
  if (days === null) return null
  const seconds =
    BigInt(days) * 86_400n +
    BigInt(Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4]))
  return seconds * 1_000_000n + BigInt((match[5] ?? '').padEnd(6, '0') || '0')
}

/** Days or months since 1970, as Iceberg's transforms count them. */
export function partitionOrdinal(value: string | null, by: PartitionBy): number | null {
  if (value === null || value === '__HIVE_DEFAULT_PARTITION__') return null
  const match = /^(-?\d+)-(\d\d)(?:-(\d\d))?$/.exec(value)
  if (!match)
    throw new RangeError(
      `The engine wrote a partition ${JSON.stringify(value)} that is no ${by.transform}.`,
    )
  const year = Number(match[1])
  const month = Number(match[2])
  if (by.transform === 'month') return (year - 1970) * 12 + month - 1
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, Number(match[3]))
  return date.getTime() / DAY_MS
}
