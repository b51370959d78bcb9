import type { Dialect } from './dialect'
import { CITY_BY_TEXT, STATE_BY_TEXT } from './geo'
import { caseOf, firstOf, selectList } from './sql-text'

/** An expression that several others read, computed once a row. Names with a leading underscore never leave the query. */
export interface Step {
  readonly name: string
  /** Raw columns that it reads, itself or through earlier steps. */
  readonly inputs: readonly string[]
  sql(d: Dialect): string
}

const step = (name: string, inputs: readonly string[], sql: (d: Dialect) => string): Step => ({
  name,
  inputs,
  sql,
})

/** Read raw columns only. */
const FROM_RAW: readonly Step[] = [
  step('_email', ['email_raw'], d => d.trimSpaces('email_raw')),
  step('_digits', ['phone_raw'], d => d.digitsOnly('phone_raw')),
  step('_city_text', ['city_raw'], d => d.trimSpaces('city_raw')),
  step('_city_upper', ['city_raw'], () => 'upper(city_raw)'),
  step('_state_text', ['state_raw'], d => d.trimSpaces('state_raw')),
  step('_state_upper', ['state_raw'], d => d.upper('state_raw')),
  step('interaction_date', ['event_timestamp'], () => 'CAST(event_timestamp AS DATE)'),
  step('interaction_hour', ['event_timestamp'], d => d.datePart('hour', 'event_timestamp')),
  step('interaction_day_of_week', ['event_timestamp'], d =>
    d.datePart('day_of_week', 'event_timestamp'),
  ),
  step('customer_value_tier', ['transaction_amount'], d =>
    firstOf(
      d,
      [
        [d.greater('transaction_amount', 500), 'high_value'],
        [d.greater('transaction_amount', 100), 'medium_value'],
        [d.greater('transaction_amount', 0), 'low_value'],
      ],
      'browser_only',
    ),
  ),
  step('channel_preference', ['channel'], d =>
    firstOf(
      d,
      [
        ["channel = 'mobile_app'", 'mobile_first'],
        ["channel = 'web'", 'web_first'],
        ["channel = 'store'", 'physical_first'],
      ],
      'omnichannel',
    ),
  ),
  // (1000 + points) / 1000 in doubles is the double nearest to the exact decimal 1 + points / 1000.
  step(
    '_lifetime_value',
    ['transaction_amount', 'points_earned'],
    () => 'transaction_amount * ((CAST(points_earned AS DOUBLE) + 1e3) / 1e3)',
  ),
  // seconds / 60 rounded HALF_UP to 6 decimals and at least 1, in millionths; all integers below 2^53, so exact in doubles.
  step(
    '_micro_minutes',
    ['time_on_site_seconds'],
    () =>
      'CASE WHEN time_on_site_seconds > 60 THEN floor((CAST(time_on_site_seconds AS DOUBLE) * 1e6 + 3e1) / 6e1) ELSE 1e6 END',
  ),
]

/** Read the first layer. */
const FROM_STEPS: readonly Step[] = [
  step('_email_lower', ['email_raw'], d => d.lower('_email')),
  step(
    'phone_clean',
    ['phone_raw'],
    () =>
      "CASE WHEN length(_digits) = 10 THEN concat('+1', _digits) WHEN length(_digits) = 11 AND _digits LIKE '1%' THEN concat('+', _digits) ELSE _digits END",
  ),
  step('_city_key', ['city_raw'], d => d.lower('_city_text')),
  step('_state_key', ['state_raw'], d => d.lower('_state_text')),
]

/** Read the second layer. */
const LAST: readonly Step[] = [
  step('email_clean', ['email_raw'], () => "replace(_email_lower, '.duplicate', '')"),
  step('geo_city', ['city_raw'], d => caseOf(d, '_city_key', literals(d, CITY_BY_TEXT))),
  step('_state_code', ['state_raw'], d => caseOf(d, '_state_key', literals(d, STATE_BY_TEXT))),
]

const LAYERS = [FROM_RAW, FROM_STEPS, LAST]

const literals = (d: Dialect, map: ReadonlyMap<string, string>) =>
  [...map].map(([key, value]) => [key, d.text(value)] as const)

export interface StepsRequest {
  /** A table expression. */
  readonly source: string
  /** Raw columns to pass through. */
  readonly columns: readonly string[]
  /** SQL over raw columns, what rows to keep. */
  readonly where?: string | null
  /** Only steps that read nothing but these raw columns; all by default. */
  readonly within?: ReadonlySet<string>
}

/** A SELECT of the wanted raw columns with the steps beside them, one nested SELECT a layer. */
export function renderSteps(d: Dialect, { source, columns, where, within }: StepsRequest): string {
  return LAYERS.reduce((inner, layer, index) => {
    const steps = layer.filter(s => !within || s.inputs.every(i => within.has(i)))
    if (steps.length === 0) return inner
    const passed =
      index === 0 ? columns.map(name => ({ name, sql: name })) : [{ name: '*', sql: '*' }]
    const items = selectList([...passed, ...steps.map(s => ({ name: s.name, sql: s.sql(d) }))])
    const from = index === 0 ? source : `(\n${inner}\n) AS step_${index}`
    return `SELECT\n${items}\nFROM ${from}${index === 0 && where ? `\nWHERE ${where}` : ''}`
  }, '')
}
