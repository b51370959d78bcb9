import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { OWN_QUERIES, readAnswers } from './answers'
import { type Places, rawFiles, readTableFacts, TABLES, type TableFacts } from './batch-facts'
import { Duck, parquet, type Row } from './duck'
import { type IcebergTable, readTable, type Snapshot } from './iceberg-tables'
import { sumOf } from './numbers'

/** One commit of a stream as its snapshot and the files that it added have it. */
export interface CommitFacts {
  readonly snapshot: Snapshot
  readonly files: number
  readonly bytes: number
  /** In the files themselves. */
  readonly rows: number
  /** All rows of the table from then on. */
  readonly total_rows: number
}

export interface RawFile {
  readonly rows: number
  /** Rows that silver keeps. */
  readonly kept: number
  /** Number of the batch of bronze that its rows are in. */
  readonly bronze_batch: number | null
  readonly modified_ms: number
}

export interface SilverBatch {
  readonly rows: number
  /** The batches of bronze that its rows come from. */
  readonly first: number
  readonly last: number
}

export interface StreamFacts extends TableFacts {
  readonly bronze_table: IcebergTable
  /** Commits by stream, in order; compactions are none. */
  readonly commits: Readonly<Record<string, readonly CommitFacts[]>>
  readonly compactions: Readonly<
    Record<string, { count: number; files_before: number; files_after: number }>
  >
  readonly raw_files: readonly RawFile[]
  readonly silver_batches: readonly SilverBatch[]
  /** Rows of the queries' answers as of each batch of silver, Q9 as of each of gold. */
  readonly answer_rows: readonly Readonly<Record<string, number>>[]
  readonly gold_rows: readonly number[]
  /** Q1's answer, by column, as of each batch of silver. */
  readonly first_answers: readonly Readonly<Record<string, number>>[]
  /** Rows that each commit of gold counts: sessions are one a row. */
  readonly gold_counts: readonly { sessions: number; revenue: number }[]
  /** The same of silver as of each of its batches. */
  readonly silver_counts: readonly { sessions: number; revenue: number }[]
  /** Files that each table had and lost. */
  readonly gone: Readonly<Record<string, number>>
}

const STREAMS = {
  'bronze-ingest': 'bronze',
  'silver-stream': 'silver',
  'gold-refresh': 'gold',
} as const

/** @param gone files that the tables had and lost */
export async function readStreamFacts(
  places: Places,
  gone: ReadonlySet<string>,
): Promise<StreamFacts> {
  const { data, copy = data } = places
  const facts = await readTableFacts(places)
  const bronze_table = await readTable(join(data, TABLES.bronze), join(copy, TABLES.bronze))
  const tables = { bronze: bronze_table, silver: facts.silver_table, gold: facts.gold_table }
  const duck = await Duck.open()
  try {
    const commits: Record<string, CommitFacts[]> = {}
    const compactions: Record<string, StreamFacts['compactions'][string]> = {}
    for (const [stream, role] of Object.entries(STREAMS)) {
      commits[stream] = await commitsOf(duck, tables[role])
      const rewrites = tables[role].snapshots.filter(s => s.summary.operation === 'replace')
      compactions[stream] = {
        count: rewrites.length,
        files_before: sumOf(rewrites.map(s => s.deleted)),
        files_after: sumOf(rewrites.map(s => s.added.length)),
      }
    }
    await duck.run(`CREATE TABLE raw AS SELECT event_id, data_quality_flag, parse_filename(filename) AS file
      FROM read_parquet([${rawFiles(data)
        .map(f => `'${f}'`)
        .join(', ')}], filename = true)`)
    await duck.run(
      `CREATE TABLE silver_rows AS ${numbered(commits['silver-stream']!, '* EXCLUDE (interaction_payload)')}`,
    )
    const bronze =
      await duck.rows(`SELECT parse_filename(_source_file) AS file, any_value(batch) AS batch,
      count(DISTINCT batch) AS batches FROM (${numbered(commits['bronze-ingest']!, '_source_file')}) GROUP BY file`)
    return {
      ...facts,
      bronze_table,
      commits,
      compactions,
      raw_files: await rawFacts(duck, rawFiles(data), bronze),
      silver_batches: await silverBatches(duck, commits['bronze-ingest']!),
      ...(await answerRows(duck, commits)),
      gone: Object.fromEntries(
        Object.entries(STREAMS).map(
          ([stream, role]) => [stream, lost(tables[role], gone).size] as const,
        ),
      ),
    }
  } finally {
    duck.close()
  }
}

/** Of what some snapshot referred to; what an attempt left that never became one is no part of the table. */
function lost({ snapshots }: IcebergTable, gone: ReadonlySet<string>): Set<string> {
  const referred = snapshots.flatMap(s => [...s.metadata, ...s.files.map(file => file.path)])
  return new Set(referred.filter(path => gone.has(path)))
}

async function commitsOf(duck: Duck, { snapshots }: IcebergTable): Promise<CommitFacts[]> {
  const paths = new Set(snapshots.flatMap(s => s.files.map(file => file.path)))
  const counted = await duck.rows(
    `SELECT file_name, num_rows FROM parquet_file_metadata([${[...paths].map(path => `'${path}'`).join(', ')}])`,
  )
  const rows = new Map(counted.map(row => [String(row.file_name), Number(row.num_rows)]))
  const sum = (files: Snapshot['files']) =>
    sumOf(files.map(file => rows.get(file.path) ?? Number.NaN))
  return snapshots
    .filter(s => s.summary.operation !== 'replace' && s.added.length > 0)
    .map(snapshot => ({
      snapshot,
      files: snapshot.added.length,
      bytes: sumOf(snapshot.added.map(file => file.bytes)),
      rows: sum(snapshot.added),
      total_rows: sum(snapshot.files),
    }))
}

/** The rows that commits added, each with the number of its commit, counted from 1. */
const numbered = (commits: readonly CommitFacts[], columns: string): string =>
  commits
    .map(
      ({ snapshot }, i) =>
        `SELECT ${i + 1} AS batch, ${columns} FROM ${parquet(snapshot.added.map(f => f.path))}`,
    )
    .join(' UNION ALL ')

async function rawFacts(
  duck: Duck,
  files: readonly string[],
  bronze: readonly Row[],
): Promise<RawFile[]> {
  const counted = await duck.rows(`SELECT file, count(*) AS rows,
    count(*) FILTER (WHERE data_quality_flag <> 'duplicate_suspected') AS kept FROM raw GROUP BY file`)
  const of = (rows: readonly Row[], path: string) => rows.find(row => row.file === basename(path))
  return files.map(path => {
    const batch = of(bronze, path)
    return {
      rows: Number(of(counted, path)?.rows),
      kept: Number(of(counted, path)?.kept),
      bronze_batch: batch?.batches === 1 ? Number(batch.batch) : null,
      modified_ms: statSync(path).mtimeMs,
    }
  })
}

async function silverBatches(duck: Duck, bronze: readonly CommitFacts[]): Promise<SilverBatch[]> {
  await duck.run(`CREATE TABLE bronze_ids AS ${numbered(bronze, 'event_id')}`)
  const found =
    await duck.rows(`SELECT s.batch, count(*) AS rows, min(b.batch) AS first, max(b.batch) AS last
    FROM silver_rows AS s LEFT JOIN bronze_ids AS b USING (event_id) GROUP BY s.batch ORDER BY s.batch`)
  return found.map(({ rows, first, last }) => ({
    rows: Number(rows),
    first: Number(first),
    last: Number(last),
  }))
}

async function answerRows(duck: Duck, commits: Readonly<Record<string, readonly CommitFacts[]>>) {
  await duck.run(
    'CREATE OR REPLACE MACRO half_up(n, d) AS sign(n) * ((2 * abs(n)::HUGEINT + d::HUGEINT) // (2 * d::HUGEINT))',
  )
  const sums = (view: string, sessions: string, amount: string) =>
    duck
      .counts(
        `SELECT ${sessions} AS sessions, sum(CAST(round(${amount} * 100) AS BIGINT)) AS revenue FROM ${view}`,
      )
      .then(counts => ({ sessions: counts.sessions!, revenue: counts.revenue! }))
  const gold_rows: number[] = []
  const gold_counts: StreamFacts['gold_counts'][number][] = []
  for (const { snapshot } of commits['gold-refresh']!) {
    await duck.run(
      `CREATE OR REPLACE VIEW gold AS SELECT * FROM ${parquet(snapshot.files.map(f => f.path))}`,
    )
    gold_counts.push(await sums('gold', 'sum(total_sessions)', 'total_daily_revenue'))
    gold_rows.push(Math.min(30, Number((await duck.row('SELECT count(*) AS n FROM gold')).n)))
  }
  const answer_rows: Record<string, number>[] = []
  const first_answers: Record<string, number>[] = []
  const columns = Object.keys(OWN_QUERIES.Q1!.columns)
  const silver_counts: StreamFacts['silver_counts'][number][] = []
  for (const [i] of commits['silver-stream']!.entries()) {
    await duck.run(
      `CREATE OR REPLACE VIEW silver AS SELECT * FROM silver_rows WHERE batch <= ${i + 1}`,
    )
    silver_counts.push(await sums('silver', 'count(*)', 'transaction_amount'))
    const answers = await readAnswers(duck)
    first_answers.push(
      Object.fromEntries(columns.map((name, c) => [name, Number(answers.Q1!.rows[0]![c])])),
    )
    answer_rows.push(
      Object.fromEntries(Object.entries(answers).map(([id, { rows }]) => [id, rows.length])),
    )
  }
  return { gold_rows, gold_counts, answer_rows, first_answers, silver_counts }
}

/** The batch of silver, counted from 1, that each commit of gold is of: the one with the same rows and revenue. */
export const silverOfGold = ({ gold_counts, silver_counts }: StreamFacts): number[] =>
  gold_counts.map(
    gold =>
      1 + silver_counts.findIndex(s => s.sessions === gold.sessions && s.revenue === gold.revenue),
  )

/** For each raw file the commit of gold, counted from 1, that was the first to hold its rows; `null`: none does. */
export function goldOfFiles(facts: StreamFacts): (number | null)[] {
  const read = silverOfGold(facts)
  return facts.raw_files.map(({ bronze_batch }) => {
    if (bronze_batch === null) return null
    const silver = 1 + facts.silver_batches.findIndex(batch => batch.last >= bronze_batch)
    const gold = 1 + read.findIndex(batch => silver > 0 && batch >= silver)
    return gold === 0 ? null : gold
  })
}
