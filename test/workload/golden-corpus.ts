import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CellValue } from '../../src/contracts/ports'

const file = (path: string) => fileURLToPath(new URL(`../golden/public/${path}`, import.meta.url))

/** Raw files and the answers that another implementation gave; see `test/golden/public/README.md`. */
export const GOLDEN = {
  raw: `read_parquet('${file('raw/customer/interactions/*.parquet')}')`,
  silver: `read_parquet('${file('expected/silver.parquet')}')`,
  gold: `read_parquet('${file('expected/gold.parquet')}')`,
  window: { start: '2024-01-01T00:00:00Z', end: '2024-03-31T00:00:00Z' },
} as const

export interface GoldenQuery {
  readonly name: string
  readonly columns: readonly string[]
  readonly types: readonly string[]
  readonly order_by: readonly string[]
  readonly rows: readonly (readonly CellValue[])[]
}

export const goldenQueries = (): {
  execution_order: string[]
  queries: Record<string, GoldenQuery>
} => JSON.parse(readFileSync(file('expected/queries.json'), 'utf8'))

export interface GoldenStats {
  readonly rows: Record<'raw' | 'silver' | 'gold', number>
  readonly raw_nulls: Record<string, number>
  readonly raw_nan: Record<string, number>
  readonly event_timestamp: {
    readonly min: string
    readonly max: string
    readonly distinct_dates: number
  }
  readonly data_quality_flag: readonly (readonly [string, number])[]
  readonly email_patterns: Record<string, { readonly rows: number }>
  readonly phone_patterns: Record<string, { readonly rows: number }>
  readonly state_patterns: Record<string, { readonly rows: number }>
  readonly city_raw: readonly (readonly [string, number])[]
}

export const goldenStats = (): GoldenStats =>
  JSON.parse(readFileSync(file('expected/stats.json'), 'utf8'))
