import { DuckDBInstance } from '@duckdb/node-api'

/** A cell as plain JSON: integers are numbers, 64-bit ones beyond 2^53, dates and times text. */
export type Cell = string | number | boolean | null | Cell[]
export type Row = Readonly<Record<string, Cell>>

/** A DuckDB of the audit's own, in memory, with UTC for its zone. */
export class Duck {
  private constructor(
    private readonly connection: Awaited<ReturnType<DuckDBInstance['connect']>>,
  ) {}

  static async open(): Promise<Duck> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
    const duck = new Duck(await instance.connect())
    await duck.run("SET TimeZone = 'UTC'")
    return duck
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  async rows(sql: string): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql)
    return reader.getRowObjectsJson().map(row => {
      return Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, plain(cell as Cell)]),
      )
    })
  }

  async row(sql: string): Promise<Row> {
    const [row] = await this.rows(sql)
    if (!row) throw new Error(`no row: ${sql}`)
    return row
  }

  /** Of a statement whose one row holds counts. */
  async counts(sql: string): Promise<Record<string, number>> {
    const row = await this.row(sql)
    return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, Number(cell)]))
  }

  close(): void {
    this.connection.closeSync()
  }
}

/** DuckDB's JSON has 64-bit integers as text. */
const plain = (cell: Cell): Cell =>
  typeof cell === 'string' && /^-?\d{1,15}$/.test(cell) && !/^-?0\d/.test(cell)
    ? Number(cell)
    : cell

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** The files as a relation of SQL. */
export const parquet = (files: readonly string[]): string =>
  `read_parquet([${files.map(text).join(', ')}], hive_partitioning = false)`
