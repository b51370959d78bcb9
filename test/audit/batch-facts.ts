import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, readAnswers } from './answers'
import { Duck, parquet } from './duck'
import { type GoldFacts, readGoldFacts } from './gold-sql'
import { type IcebergTable, readTable } from './iceberg-tables'
import { type EventWindow, type RawFacts, readRawFacts } from './raw-facts'
import { readSilverFacts, type SilverFacts } from './silver-sql'
import { tableDigest } from './table-digest'
import { readMachine } from './watch'

export type Json = Readonly<Record<string, unknown>>

export interface Event extends Json {
  readonly event: string
  readonly at: string
}

/** A file of silver by its dates. */
export interface FileDates {
  readonly bytes: number
  readonly first: string
  readonly last: string
}

/** What can be told of a run from its files alone; nothing here comes from its record. */
export interface TableFacts {
  readonly raw: RawFacts
  readonly raw_sizes: readonly number[]
  readonly silver_table: IcebergTable
  readonly gold_table: IcebergTable
  readonly silver: SilverFacts
  readonly gold: GoldFacts
  readonly silver_dates: readonly FileDates[]
  /** First date of silver and the end of its first three months, exclusive. */
  readonly first_months: { readonly from: string; readonly to: string }
  readonly answers: Record<string, Answer>
  /** Rows, distinct dates and revenue, of bronze as silver keeps it. */
  readonly sums: Readonly<Record<'bronze' | 'silver' | 'gold', Readonly<Record<string, number>>>>
  readonly digests: { readonly silver: string; readonly gold: string }
  readonly events: readonly Event[]
  readonly report: string
  readonly machine: { readonly cores: number; readonly memory: number }
}

export interface Places {
  readonly data: string
  readonly run_dir: string
  /** Where the tables' files are read, by their path below `data`. */
  readonly copy?: string
  readonly window: EventWindow
  /** What stands for today. */
  readonly clock: string
}

export const RAW_FOLDER = 'bronze/customer/interactions'
export const TABLES = {
  bronze: 'bronze/warehouse/default/bronze_raw',
  silver: 'silver/warehouse/silver/customer_interactions_enriched',
  gold: 'gold/warehouse/gold/customer_executive_dashboard',
} as const

export async function readTableFacts({
  data,
  run_dir,
  copy = data,
  window,
  clock,
}: Places): Promise<TableFacts> {
  const duck = await Duck.open()
  try {
    const raw_files = rawFiles(data)
    const raw = await readRawFacts(duck, raw_files, window)
    const [silver_table, gold_table] = await Promise.all(
      [TABLES.silver, TABLES.gold].map(table => readTable(join(data, table), join(copy, table))),
    )
    const paths = (table: IcebergTable) => table.current.files.map(file => file.path)
    const silver = await readSilverFacts(duck, paths(silver_table!), clock)
    const gold = await readGoldFacts(duck, paths(gold_table!))
    const months = await duck.row(`SELECT min(interaction_date)::VARCHAR AS "from",
      (min(interaction_date) + INTERVAL 3 MONTH)::DATE::VARCHAR AS "to" FROM silver`)
    const silver_dates: FileDates[] = []
    for (const { path, bytes } of silver_table!.current.files) {
      const { first, last } = await duck.row(`SELECT min(interaction_date)::VARCHAR AS first,
        max(interaction_date)::VARCHAR AS last FROM ${parquet([path])}`)
      silver_dates.push({ bytes, first: String(first), last: String(last) })
    }
    return {
      raw,
      raw_sizes: raw_files.map(file => statSync(file).size),
      silver_table: silver_table!,
      gold_table: gold_table!,
      silver,
      gold,
      silver_dates,
      first_months: { from: String(months.from), to: String(months.to) },
      sums: {
        bronze: await sumsOf(duck, 'expected', 'transaction_amount'),
        silver: await sumsOf(duck, 'silver', 'transaction_amount'),
        gold: await sumsOf(duck, 'gold', 'total_daily_revenue'),
      },
      answers: await readAnswers(duck),
      digests: { silver: await tableDigest(duck, 'silver'), gold: await tableDigest(duck, 'gold') },
      events: readFileSync(join(run_dir, 'events.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Event),
      report: readFileSync(join(run_dir, 'report.html'), 'utf8'),
      machine: readMachine(),
    }
  } finally {
    duck.close()
  }
}

/** Revenue in whole cents. */
const sumsOf = (duck: Duck, view: string, amount: string) =>
  duck.counts(`SELECT count(*) AS rows, count(DISTINCT interaction_date) AS dates,
    sum(CAST(round(${amount} * 100) AS BIGINT)) / 100 AS revenue FROM ${view}`)

export const rawFiles = (data: string): string[] =>
  readdirSync(join(data, RAW_FOLDER))
    .filter(name => name.endsWith('.parquet'))
    .sort()
    .map(name => join(data, RAW_FOLDER, name))

/** Bytes of all files below a folder. */
export function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
