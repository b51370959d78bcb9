import type { Table } from 'apache-arrow'
import type { CellValue, QueryResponse, ResultColumn } from '../contracts/ports'
import { rowsToArrow } from '../shared/arrow'

/** Rows of a query, with the shapes a script wants. As JSON a single value is that value, anything else a list of records. */
export class QueryAnswer {
  /** Names and types, in the order of the values in a row. */
  readonly columns: readonly ResultColumn[]
  /** Values in the order of `columns`. */
  readonly rows: readonly (readonly CellValue[])[]
  /** Time inside the engine, without fetching. */
  readonly engine_seconds: number

  constructor(response: QueryResponse) {
    this.columns = response.columns
    this.rows = response.rows
    this.engine_seconds = response.engine_seconds
  }

  /** The only value of a 1 × 1 answer. */
  scalar(): CellValue {
    if (this.rows.length !== 1 || this.columns.length !== 1) {
      throw new RangeError(
        `scalar() needs one row and one column, the answer has ${this.rows.length} × ${this.columns.length}.`,
      )
    }
    return this.rows[0]![0]!
  }

  /** Rows as objects by name of column. */
  records(): Record<string, CellValue>[] {
    return this.rows.map(row =>
      Object.fromEntries(this.columns.map((c, i) => [c.name, row[i] ?? null])),
    )
  }

  /** A column for each of the answer, also where it has no rows or only NULLs. */
  toArrow(): Table {
    return rowsToArrow(this.columns, this.rows)
  }

  /** The only value of a 1 × 1 answer, else `records()`. */
  toJSON(): unknown {
    return this.rows.length === 1 && this.columns.length === 1 ? this.scalar() : this.records()
  }
}
