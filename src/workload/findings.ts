import type { Dialect } from './dialect'
import { CITY_SPELLINGS, STATE_SPELLINGS } from './geo'
import { textList } from './sql-text'

/**
 * What can be wrong with one row, told from its raw text. `bronze-verify` counts these and silver lists them in
 * `quality_flags`. Where the generator injects the same dirt, it has the same name.
 */
export interface Finding {
  readonly name: string
  readonly meaning: string
  /** Over raw columns and steps; false or NULL where the row is not concerned. */
  predicate(d: Dialect): string
}

const finding = (name: string, meaning: string, predicate: (d: Dialect) => string): Finding => ({
  name,
  meaning,
  predicate,
})

export const FINDINGS: readonly Finding[] = [
  finding(
    'email_missing_at',
    'no @, nor .at. in its place; not blank',
    () => "_email_lower NOT LIKE '%@%' AND _email_lower NOT LIKE '%.at.%' AND _email_lower <> ''",
  ),
  finding('email_uppercase', 'letters, all of them capitals', d => {
    return `_email <> _email_lower AND _email = ${d.upper('_email')}`
  }),
  finding('email_whitespace', 'spaces before or after', () => 'email_raw <> _email'),
  finding('email_double_at', 'two @ in a row', () => "_email LIKE '%@@%'"),
  finding(
    'email_missing_tld',
    'no dot after the @',
    () => "_email LIKE '%@%' AND _email NOT LIKE '%@%.%'",
  ),
  finding(
    'email_spelled_at',
    '.at. in place of the @',
    () => "_email_lower LIKE '%.at.%' AND _email_lower NOT LIKE '%@%'",
  ),
  finding('email_duplicate_marker', 'carries .duplicate', () => "_email_lower LIKE '%.duplicate%'"),
  finding(
    'phone_plain_digits',
    'ten digits and nothing else',
    () => 'length(_digits) = 10 AND phone_raw = _digits',
  ),
  finding(
    'phone_dashed',
    '+1-AAA-PPP-LLLL',
    () => "phone_raw LIKE '+1-___-___-____' AND length(_digits) = 11",
  ),
  finding(
    'phone_truncated',
    'one to nine digits and no letter O',
    () => "length(_digits) BETWEEN 1 AND 9 AND phone_raw NOT LIKE '%O%'",
  ),
  finding('phone_letter_o', 'a letter O among the digits', () => "phone_raw LIKE '%O%'"),
  finding('city_misspelled', 'a known city, not as clean data writes it', d => {
    return `geo_city IS NOT NULL AND city_raw NOT IN (${textList(d, CITY_SPELLINGS)})`
  }),
  finding(
    'city_unknown',
    'not in the geo dimension',
    () => 'city_raw IS NOT NULL AND geo_city IS NULL',
  ),
  finding('state_variant', 'a known state, not as clean data writes it', d => {
    return `_state_code IS NOT NULL AND state_raw NOT IN (${textList(d, STATE_SPELLINGS)})`
  }),
  finding(
    'state_unknown',
    'not in the geo dimension',
    () => 'state_raw IS NOT NULL AND _state_code IS NULL',
  ),
  finding('timestamp_missing', 'no event time', () => 'event_timestamp IS NULL'),
]

/** One or more signs, an @, and a dotted name; no white space or control characters anywhere. */
export const EMAIL = String.raw`[^@\p{Z}\p{C}]+@[^@.\p{Z}\p{C}]+(\.[^@.\p{Z}\p{C}]+)+`

/** Whether `email_clean` can be an address. Never NULL. */
export const emailValid = (d: Dialect): string =>
  `COALESCE(${d.fullMatch('email_clean', EMAIL)}, false)`

/** Whether `phone_clean` is a North American number in E.164: area and exchange begin with 2 to 9. Never NULL. */
export const phoneValid = (): string =>
  "COALESCE(phone_clean LIKE '+1__________' AND substr(phone_clean, 3, 1) >= '2' AND substr(phone_clean, 6, 1) >= '2', false)"
