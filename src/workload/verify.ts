import type { Dialect } from './dialect'
import { emailValid, FINDINGS, phoneValid } from './findings'
import { RAW_COLUMNS } from './raw-columns'
import { renderSteps } from './silver-steps'
import { selectList } from './sql-text'

/** Meaning of a column of the verify answer. Counts are rows; a bound is text `YYYY-MM-DDThh:mm:ss.ffffff` or NULL. */
export type VerifyMeasure =
  | {
      readonly kind:
        | 'rows'
        | 'invalid_emails'
        | 'invalid_phones'
        | 'duplicate_event_ids'
        | 'outside_window'
        | 'unfit'
    }
  | { readonly kind: 'min_timestamp' | 'max_timestamp' }
  /** `name` as in `FINDINGS`. */
  | { readonly kind: 'finding'; readonly name: string }
  | { readonly kind: 'nulls' | 'nan' | 'infinite' | 'negative'; readonly column: string }

export interface VerifyColumn {
  /** Name in the answer. */
  readonly name: string
  readonly measure: VerifyMeasure
}

export interface VerifyRequest {
  /** A table expression with the raw columns. */
  readonly source: string
  /** Where event times belong, ISO-8601 UTC, end exclusive; without it no row is outside. */
  readonly window?: { readonly start: string; readonly end: string } | null
  /** Columns whose NULLs are counted here because no footer says; by default those that are read anyhow. */
  readonly nullColumns?: readonly string[]
  /** Column of the source with the number of values in a row that were read as NULL since they have no place in theirs. */
  readonly unfit?: string
}

export interface RenderedVerify {
  /** One SELECT with one row: `columns`, in that order. */
  readonly sql: string
  readonly columns: readonly VerifyColumn[]
  /** Quality flag and rows (`data_quality_flag`, `row_count`), one row a value, NULL included. */
  readonly qualityFlagsSql: string
  /** Raw columns that the two statements read; never the payload unless `nullColumns` names it. */
  readonly reads: readonly string[]
}

const DOUBLES = RAW_COLUMNS.filter(c => c.type === 'double').map(c => c.name)
/** Quantities: below zero is an error of the source. */
const QUANTITIES = [
  ...DOUBLES,
  ...'page_views time_on_site_seconds click_count items_in_cart satisfaction_score points_earned points_redeemed'.split(
    ' ',
  ),
]
const TEXTS = ['email_raw', 'phone_raw', 'city_raw', 'state_raw']

/** Raw columns that verification looks into. */
export const CHECKED_COLUMNS: readonly string[] = RAW_COLUMNS.map(c => c.name).filter(name => {
  const key = RAW_COLUMNS.find(c => c.name === name)!.key
  return key || name === 'event_id' || QUANTITIES.includes(name) || TEXTS.includes(name)
})

interface Measured extends VerifyColumn {
  readonly sql: string
}

/** Counts in the contents of the rows: every finding, NULLs, odd numbers. */
function contentMeasures(d: Dialect, nullColumns: readonly string[]): Measured[] {
  const measures: Measured[] = []
  const add = (name: string, measure: VerifyMeasure, sql: string) =>
    measures.push({ name, measure, sql })
  add('row_count', { kind: 'rows' }, 'count(*)')
  for (const f of FINDINGS)
    add(`finding_${f.name}`, { kind: 'finding', name: f.name }, d.countIf(f.predicate(d)))
  add(
    'invalid_emails',
    { kind: 'invalid_emails' },
    d.countIf(`email_raw IS NOT NULL AND NOT ${emailValid(d)}`),
  )
  add(
    'invalid_phones',
    { kind: 'invalid_phones' },
    d.countIf(`phone_raw IS NOT NULL AND NOT ${phoneValid()}`),
  )
  for (const column of nullColumns) {
    // count(column) is cheaper than a filter.
    add(`nulls_${column}`, { kind: 'nulls', column }, `count(*) - count(${column})`)
  }
  for (const column of DOUBLES) {
    add(`nan_${column}`, { kind: 'nan', column }, d.countIf(d.isNan(column)))
    add(`infinite_${column}`, { kind: 'infinite', column }, d.countIf(d.isInfinite(column)))
  }
  for (const column of QUANTITIES)
    add(`negative_${column}`, { kind: 'negative', column }, d.countIf(`${column} < 0`))
  return measures
}

function keyMeasures(
  d: Dialect,
  { window, unfit }: Pick<VerifyRequest, 'window' | 'unfit'>,
): Measured[] {
  const measured = (
    kind: 'duplicate_event_ids' | 'min_timestamp' | 'max_timestamp' | 'outside_window' | 'unfit',
    sql: string,
  ) => ({
    name: kind,
    measure: { kind },
    sql,
  })
  return [
    measured('duplicate_event_ids', `count(event_id) - count(DISTINCT ${d.hash64('event_id')})`),
    measured('min_timestamp', d.isoTimestamp('min(event_timestamp)')),
    measured('max_timestamp', d.isoTimestamp('max(event_timestamp)')),
    measured('outside_window', window ? d.countIf(outside(d, window)) : 'count(*) * 0'),
    ...(unfit ? [measured('unfit', `sum(${unfit})`)] : []),
  ]
}

const withoutSql = (measures: readonly Measured[]): VerifyColumn[] =>
  measures.map(({ name, measure }) => ({ name, measure }))

/**
 * Everything that `bronze-verify` counts in the rows, as one aggregate. Duplicates are rows beyond the first of each
 * `event_id`, told by a 64-bit hash: two ids are taken for one with probability below 10^-3 over 10^8 rows.
 */
export function renderVerify(
  d: Dialect,
  { source, window, nullColumns = CHECKED_COLUMNS, unfit }: VerifyRequest,
): RenderedVerify {
  const measures = [...contentMeasures(d, nullColumns), ...keyMeasures(d, { window, unfit })]
  const reads = RAW_COLUMNS.map(c => c.name).filter(
    n => CHECKED_COLUMNS.includes(n) || nullColumns.includes(n),
  )
  const columns = unfit ? [...reads, unfit] : reads
  const steps = renderSteps(d, { source, columns, within: new Set(TEXTS) })
  return {
    sql: `SELECT\n${selectList(measures)}\nFROM (\n${steps}\n) AS checked`,
    columns: withoutSql(measures),
    qualityFlagsSql: `SELECT data_quality_flag, count(*) AS row_count FROM ${source} GROUP BY data_quality_flag`,
    reads,
  }
}

/** Columns that are told apart by value: duplicates, dates, flags. */
const KEYED_COLUMNS: readonly string[] = ['event_id', 'event_timestamp', 'data_quality_flag']

/** The same counts in two statements that share no column, so that each column is decoded once. */
export interface RenderedVerifyScans {
  /** One row: `columns`, in that order. */
  readonly contentSql: string
  readonly columns: readonly VerifyColumn[]
  /**
   * Rows by `kind` (`id`: one row for all ids, `date`: one a date, `flag`: one a flag): `kind`, `event_date` (`YYYY-MM-DD`),
   * `flag`, `row_count`, `ids` (distinct), `rows_with_id`, `min_timestamp`, `max_timestamp`, `outside_window`, `unfit`.
   */
  readonly keysSql: string
}

/**
 * For engines that carry every distinct value through a shuffle with all aggregates beside it: there, one statement for
 * everything costs more than two. The ids are hashed, grouped once beside dates and flags, and counted.
 */
export function renderVerifyScans(
  d: Dialect,
  { source, window, nullColumns = CHECKED_COLUMNS, unfit = '0' }: VerifyRequest,
): RenderedVerifyScans {
  const kept = nullColumns.filter(c => !KEYED_COLUMNS.includes(c))
  const measures = contentMeasures(d, kept).filter(m => !isKeyed(m.measure))
  const reads = RAW_COLUMNS.map(c => c.name).filter(
    n => !KEYED_COLUMNS.includes(n) && (CHECKED_COLUMNS.includes(n) || kept.includes(n)),
  )
  const steps = renderSteps(d, { source, columns: reads, within: new Set(TEXTS) })
  const text = (x: string) => `CAST(${x} AS ${d.typeName('string')})`
  const keys = [
    { name: 'id_hash', sql: d.hash64('event_id') },
    { name: 'event_date', sql: 'CAST(event_timestamp AS DATE)' },
    { name: 'flag', sql: 'data_quality_flag' },
    { name: 'event_timestamp', sql: 'event_timestamp' },
    { name: 'unfit', sql: unfit },
  ]
  const grouped = [
    { name: 'set_number', sql: 'grouping_id(id_hash, event_date, flag)' },
    ...['id_hash', 'event_date', 'flag'].map(name => ({ name, sql: name })),
    { name: 'n', sql: 'count(*)' },
    { name: 'first_time', sql: 'min(event_timestamp)' },
    { name: 'last_time', sql: 'max(event_timestamp)' },
    { name: 'outside', sql: window ? d.countIf(outside(d, window)) : 'count(*) * 0' },
    { name: 'unfit_values', sql: 'sum(unfit)' },
  ]
  const result = [
    { name: 'kind', sql: "CASE set_number WHEN 3 THEN 'id' WHEN 5 THEN 'date' ELSE 'flag' END" },
    { name: 'event_date', sql: text('event_date') },
    { name: 'flag', sql: 'flag' },
    { name: 'row_count', sql: 'sum(n)' },
    { name: 'ids', sql: 'count(id_hash)' },
    { name: 'rows_with_id', sql: 'sum(CASE WHEN id_hash IS NOT NULL THEN n ELSE 0 END)' },
    { name: 'min_timestamp', sql: d.isoTimestamp('min(first_time)') },
    { name: 'max_timestamp', sql: d.isoTimestamp('max(last_time)') },
    { name: 'outside_window', sql: 'sum(outside)' },
    { name: 'unfit', sql: 'sum(unfit_values)' },
  ]
  return {
    contentSql: `SELECT\n${selectList(measures)}\nFROM (\n${steps}\n) AS checked`,
    columns: withoutSql(measures),
    keysSql: `SELECT\n${selectList(result)}\nFROM (
SELECT\n${selectList(grouped)}\nFROM (
SELECT\n${selectList(keys)}\nFROM ${source}
) AS keyed
GROUP BY GROUPING SETS ((id_hash), (event_date), (flag))
) AS counted
GROUP BY set_number, event_date, flag`,
  }
}

/**
 * What is found in the rows by quality flag: `data_quality_flag`, `row_count`, and by the name of each finding how many rows have it.
 * One scan of a table that nobody verifies, with the predicates of `renderVerify`.
 */
export function renderFindings(d: Dialect, source: string): string {
  const found = contentMeasures(d, []).flatMap(({ measure, sql }) =>
    measure.kind === 'finding' ? [{ name: measure.name, sql }] : [],
  )
  const steps = renderSteps(d, {
    source,
    columns: [...TEXTS, 'event_timestamp', 'data_quality_flag'],
    within: new Set(TEXTS),
  })
  const flag = { name: 'data_quality_flag', sql: 'data_quality_flag' }
  const rows = { name: 'row_count', sql: 'count(*)' }
  return `SELECT\n${selectList([flag, rows, ...found])}\nFROM (\n${steps}\n) AS checked\nGROUP BY data_quality_flag`
}

const isKeyed = (measure: VerifyMeasure): boolean =>
  ('column' in measure && KEYED_COLUMNS.includes(measure.column)) ||
  (measure.kind === 'finding' && measure.name === 'timestamp_missing')

const outside = (d: Dialect, { start, end }: { start: string; end: string }) =>
  `event_timestamp < ${d.timestampLiteral(start)} OR event_timestamp >= ${d.timestampLiteral(end)}`

/** Rows per event date: `event_date` (`YYYY-MM-DD` text or NULL) and `row_count`. Reads `event_timestamp` only. */
export function renderProfile(d: Dialect, { source }: { source: string }): string {
  return `SELECT CAST(event_date AS ${d.typeName('string')}) AS event_date, count(*) AS row_count
FROM (SELECT CAST(event_timestamp AS DATE) AS event_date FROM ${source}) AS dates
GROUP BY dates.event_date`
}
