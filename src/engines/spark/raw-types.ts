import type { ColumnType } from '../../contracts/tables'
import { SPARK } from '../../workload/dialects/spark'
import { RAW_COLUMNS } from '../../workload/raw-columns'

/** Parquet types that Spark reads as the column's own type, and those that it casts; patterns over a whole type. */
const PARQUET_TYPES: Readonly<Record<ColumnType, { readonly exact: string; readonly castable: string }>> = {
  long: { exact: 'int64( \\(INTEGER\\(64,true\\)\\))?', castable: 'int32.*|int64 \\(INTEGER.*' },
  int: { exact: 'int32( \\(INTEGER\\(32,true\\)\\))?', castable: 'int32 \\(INTEGER.*|int64( \\(INTEGER.*)?' },
  double: { exact: 'double', castable: 'float|.*\\(DECIMAL.*' },
  string: { exact: 'binary \\((STRING|UTF8)\\)', castable: 'binary \\((ENUM|JSON)\\)' },
  boolean: { exact: 'boolean', castable: 'boolean' },
  timestamp: {
    exact: 'int64 \\(TIMESTAMP\\(MI(CRO|LLI)S,false\\)\\)',
    castable: 'int64 \\(TIMESTAMP\\(MI(CRO|LLI)S,true\\)\\)|int64 \\(TIMESTAMP_MI(CRO|LLI)S\\)|int96',
  },
  date: { exact: 'int32 \\(DATE\\)', castable: 'int32 \\(DATE\\)' },
  string_list: { exact: 'group \\(LIST\\)', castable: 'group \\(LIST\\)' },
}

/** The raw columns as a job document names them. */
export const RAW_COLUMN_TYPES = RAW_COLUMNS.map(({ name, type }) => ({
  name,
  type: SPARK.typeName(type),
  ...PARQUET_TYPES[type],
}))

/** What is wrong with a file's column: nothing, or that it is missing, or of a type that no cast helps. */
export function columnProblem(
  column: (typeof RAW_COLUMN_TYPES)[number],
  type: string | undefined,
): 'missing-column' | 'wrong-type' | null {
  if (type === undefined) return 'missing-column'
  return new RegExp(`^(?:${column.exact}|${column.castable})$`).test(type) ? null : 'wrong-type'
}
