import type { DialectName } from '../../contracts/ports'
import type { Dialect } from '../dialect'
import { DUCKDB } from './duckdb'
import { SPARK } from './spark'
import { TRINO } from './trino'

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  duckdb: DUCKDB,
  spark: SPARK,
  trino: TRINO,
}
