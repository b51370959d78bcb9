import type { Dialect } from './dialect'
import { emailValid, FINDINGS, phoneValid } from './findings'
import { RAW_COLUMNS } from './raw-columns'
import { renderSteps } from './silver-steps'
import { selectList } from './sql-text'

/** What a column of the verify answer counts. Counts are rows; a bound is text `YYYY-MM-DDThh:mm:ss.ffffff` or NULL. */
export type VerifyMeasure =
  | { readonly kind: 'rows' | 'invalid_emails' | 'invalid_phones' | 'duplicate_event_ids' | 'outside_window' }
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

const filtered = (condition: string) => `count(*) FILTER (WHERE ${condition})`

/**
 * Everything that `bronze-verify` counts in the rows, as one aggregate. Duplicates are rows beyond the first of each
 * `event_id`, told by a 64-bit hash: two ids are taken for one with probability below 10^-3 over 10^8 rows.
 */
export function renderVerify(
  d: Dialect,
  { source, window, nullColumns = CHECKED_COLUMNS }: VerifyRequest,
): RenderedVerify {
  const measures: (VerifyColumn & { sql: string })[] = []
  const add = (name: string, measure: VerifyMeasure, sql: string) => measures.push({ name, measure, sql })

  add('row_count', { kind: 'rows' }, 'count(*)')
  for (const f of FINDINGS) add(`finding_${f.name}`, { kind: 'finding', name: f.name }, filtered(f.predicate(d)))
  add('invalid_emails', { kind: 'invalid_emails' }, filtered(`email_raw IS NOT NULL AND NOT ${emailValid(d)}`))
  add('invalid_phones', { kind: 'invalid_phones' }, filtered(`phone_raw IS NOT NULL AND NOT ${phoneValid()}`))
  for (const column of nullColumns) {
    // count(column) is cheaper than a filter.
    add(`nulls_${column}`, { kind: 'nulls', column }, `count(*) - count(${column})`)
  }
  for (const column of DOUBLES) {
    add(`nan_${column}`, { kind: 'nan', column }, filtered(d.isNan(column)))
    add(`infinite_${column}`, { kind: 'infinite', column }, filtered(d.isInfinite(column)))
  }
  for (const column of QUANTITIES) add(`negative_${column}`, { kind: 'negative', column }, filtered(`${column} < 0`))
  const distinctIds = `count(DISTINCT ${d.hash64('event_id')})`
  add('duplicate_event_ids', { kind: 'duplicate_event_ids' }, `count(event_id) - ${distinctIds}`)
  add('min_timestamp', { kind: 'min_timestamp' }, d.isoTimestamp('min(event_timestamp)'))
  add('max_timestamp', { kind: 'max_timestamp' }, d.isoTimestamp('max(event_timestamp)'))
  add('outside_window', { kind: 'outside_window' }, window ? filtered(outside(d, window)) : 'count(*) * 0')

  const reads = RAW_COLUMNS.map(c => c.name).filter(n => CHECKED_COLUMNS.includes(n) || nullColumns.includes(n))
  const steps = renderSteps(d, { source, columns: reads, within: new Set(TEXTS) })
  return {
    sql: `SELECT\n${selectList(measures)}\nFROM (\n${steps}\n) AS checked`,
    columns: measures.map(({ name, measure }) => ({ name, measure })),
    qualityFlagsSql: `SELECT data_quality_flag, count(*) AS row_count FROM ${source} GROUP BY data_quality_flag`,
    reads,
  }
}

const outside = (d: Dialect, { start, end }: { start: string; end: string }) =>
  `event_timestamp < ${d.timestampLiteral(start)} OR event_timestamp >= ${d.timestampLiteral(end)}`

/** Rows per event date: `event_date` (`YYYY-MM-DD` text or NULL) and `row_count`. Reads `event_timestamp` only. */
export function renderProfile(d: Dialect, { source }: { source: string }): string {
  return `SELECT CAST(event_date AS ${d.typeName('string')}) AS event_date, count(*) AS row_count
FROM (SELECT CAST(event_timestamp AS DATE) AS event_date FROM ${source}) AS dates
GROUP BY dates.event_date`
}
