import type { ColumnType } from '../../src/contracts/tables'
import type { Dialect } from '../../src/workload/dialect'
import { RAW_COLUMNS } from '../../src/workload/raw-columns'

/** A raw value that any dialect can be given: timestamps as text, integers as text where they need all 64 bits. */
export type RawValue = string | number | boolean | null
export type TypedRow = Readonly<Record<string, RawValue>>

const PLAIN: TypedRow = {
  id: 1,
  row_id: 1,
  event_timestamp: '2024-05-06 07:08:09.123456',
  event_id: 'e',
  session_id: 's',
  customer_id: 7,
  email_raw: 'user1234@gmail.com',
  phone_raw: '+12125550123',
  interaction_type: 'purchase',
  product_id: 'PRD10000',
  product_category: 'books',
  transaction_amount: 12.34,
  currency: 'USD',
  channel: 'web',
  device_type: 'mobile',
  browser: 'chrome',
  ip_address: '1.2.3.4',
  city_raw: 'Chicago',
  state_raw: 'IL',
  zip_code: '60601',
  page_views: 3,
  time_on_site_seconds: 90,
  bounce_rate: 0,
  click_count: 4,
  cart_value: 5.5,
  items_in_cart: 2,
  support_ticket_id: 'TKT10000',
  issue_category: 'billing',
  satisfaction_score: 2,
  campaign_id: 'CMP100',
  utm_source: 'google',
  utm_medium: 'cpc',
  loyalty_member: true,
  loyalty_tier: 'gold',
  points_earned: 123,
  points_redeemed: 0,
  data_source: 'primary_system',
  data_quality_flag: 'clean',
  raw_user_agent: 'chrome/99.0',
  session_fingerprint: 'ab',
  interaction_payload: 'payload',
}

/** Values that break careless SQL, of every type that a raw column has. Times are those that Iceberg and Trino can hold. */
const ODD: Record<ColumnType, readonly RawValue[]> = {
  long: [null, 0, -1, '9223372036854775807', '-9223372036854775808'],
  int: [null, 0, -1, 1, 61, 2147483647, -2147483648],
  double: [
    null,
    NaN,
    Infinity,
    -Infinity,
    1e308,
    -1e308,
    -0,
    5e-324,
    1.005,
    -0.005,
    1e20,
    1e30,
    0.1 + 0.2,
  ],
  string: [
    null,
    '',
    ' ',
    "'",
    '@',
    '.',
    '%_',
    '\\',
    'İΑΣ@ΟΔΟΣ.ΑΣ',
    'straße',
    'ﬁﬀ',
    '👩‍👩‍👧‍👦',
    'e\u0301\u0301',
    '\u202eabc',
    '\u00a0a\u00a0',
    '\t\n',
    'a\n',
    '١٢٣٤٥٦٧٨٩٠',
    'x'.repeat(10_000),
    '{silver}',
    '$1 \\1',
    '\0a',
  ],
  boolean: [null, true, false],
  date: [],
  timestamp: [
    null,
    '9999-12-31 23:59:59.999999',
    '0001-01-01 00:00:00',
    '1582-10-10 12:00:00',
    '1969-12-31 23:59:59.999999',
    '1970-01-01 00:00:00.000001',
    '2024-02-29 00:00:00',
    '2024-12-29 17:59:59',
    '2024-12-30 18:00:00',
  ],
  string_list: [],
}

/** Texts in the columns whose spelling matters. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  email_raw: [
    '  User1.DUPLICATE@Gmail.com  ',
    '\tA@b.c',
    'a.duplicate@x.y ',
    'İ@X.Y',
    'ΟΔΟΣ@ΟΣ.ΑΣ',
    'ΣΑΣ Σ',
    'USER1@GMAIL.COM',
    'user1gmail.com',
    'user1@@gmail.com',
    'user1@gmail',
    'user1.at.gmail.com',
    'us er@gmail.com',
    'user@gmail.',
    'ö@exämple.org',
    'a@b.c\n',
    '\u00a0a@b.c',
  ],
  phone_raw: [
    '(212) 555-0123',
    '2125550123',
    '+1-212-555-0123',
    '212555',
    '212555O123',
    '1125550123',
    '+442071234567',
    '٢١٢٥٥٥٠١٢٣',
    '12125550123',
  ],
  city_raw: [
    'Chicgao',
    'NYC',
    'Newyork City',
    'La',
    'LA',
    'Atlantis',
    'Dallas',
    ' chicago ',
    'ﬁeld',
  ],
  state_raw: ['Ill.', 'new york', 'N.Y.', 'Calif.', 'Tex.', 'Groß', 'Mars', 'illinois', 'ŉ', 'ﬃ'],
}

/** Every odd value alone in every column, pairs of those that are computed with, and rows of nothing. Ids count up. */
export function oddRows(): TypedRow[] {
  const rows: TypedRow[] = [
    ...RAW_COLUMNS.flatMap(c => ODD[c.type].map(value => ({ [c.name]: value }))),
    ...Object.entries(SPELLINGS).flatMap(([column, texts]) =>
      texts.map(value => ({ [column]: value })),
    ),
    ...ODD.double.flatMap(transaction_amount =>
      ODD.int.map(points_earned => ({ transaction_amount, points_earned })),
    ),
    ...ODD.int.flatMap(page_views =>
      ODD.int.map(time_on_site_seconds => ({ page_views, time_on_site_seconds })),
    ),
    Object.fromEntries(
      RAW_COLUMNS.map(c => [c.name, c.name === 'data_quality_flag' ? 'clean' : null]),
    ),
    { data_quality_flag: 'duplicate_suspected' },
  ]
  // `row_id` finds a row again, so it is not among the odd ones.
  return rows
    .filter(row => !('row_id' in row) || Object.keys(row).length > 1)
    .map((row, i) => ({ ...row, row_id: i }))
}

/** The 41 values of a row as SQL, in file order. */
export const rowSql = (d: Dialect, row: TypedRow): string =>
  `(${RAW_COLUMNS.map(c => literal(d, row[c.name] === undefined ? PLAIN[c.name]! : row[c.name]!, c.type)).join(', ')})`

function literal(d: Dialect, value: RawValue, type: ColumnType): string {
  if (value === null) return `CAST(NULL AS ${d.typeName(type)})`
  if (type === 'boolean') return String(value)
  if (type === 'string') return textSql(d, String(value))
  return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS ${d.typeName(type)})`
}

/** Text that a statement cannot hold as it is goes through its bytes: NUL, and the name of a table to put there. */
function textSql(d: Dialect, value: string): string {
  if (!/[\0{]/.test(value)) return d.text(value)
  const hex = Buffer.from(value).toString('hex')
  return {
    trino: `from_utf8(from_hex('${hex}'))`,
    duckdb: `decode(unhex('${hex}'))`,
    spark: `decode(unhex('${hex}'), 'UTF-8')`,
  }[d.name]
}
