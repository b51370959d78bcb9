import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { CellValue } from '../../src/contracts/ports'

/** A DuckDB in this process, as the embedded engine opens one. */
export interface Duck {
  run(sql: string): Promise<void>
  /** Rows with JSON-like values: 64-bit integers as text. */
  rows(sql: string): Promise<CellValue[][]>
  records(sql: string): Promise<Record<string, unknown>[]>
  names(sql: string): Promise<string[]>
  types(sql: string): Promise<Record<string, string>>
  close(): void
}

export async function openDuck(): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  })
  const connection: DuckDBConnection = await instance.connect()
  const read = (sql: string) => connection.runAndReadAll(sql)
  return {
    run: async sql => void (await connection.run(sql)),
    rows: async sql => (await read(sql)).getRowsJson() as CellValue[][],
    records: async sql => (await read(sql)).getRowObjectsJson() as Record<string, unknown>[],
    names: async sql => (await read(sql)).columnNames(),
    types: async sql => {
      const result = await read(sql)
      return Object.fromEntries(
        result.columnNames().map((name, i) => [name, result.columnType(i).toString()]),
      )
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
