import { createHash } from 'node:crypto'
import { FINDINGS, SPELLINGS, spelled } from './dirt-sql'
import { type Cell, type Duck, parquet, type Row } from './duck'

/** What the raw files hold, by SQL over them alone. */
export interface RawFacts {
  readonly rows: number
  /** Rows by file, in the order of the names. */
  readonly rows_of: readonly number[]
  readonly nulls: Record<string, number>
  readonly nan: Record<string, number>
  readonly infinite: Record<string, number>
  readonly negative: Record<string, number>
  readonly findings: Record<string, number>
  readonly flags: Record<string, number>
  readonly duplicates: number
  readonly first: string
  readonly last: string
  readonly outside: number
  readonly dates: number
  /** Rows of the hottest date ÷ mean rows of a date. */
  readonly skew: number
  readonly customers: number
  readonly digest: string
}

export interface EventWindow {
  /** ISO 8601; the end is exclusive. */
  readonly start: string
  readonly end: string
}

export async function readRawFacts(
  duck: Duck,
  files: readonly string[],
  window: EventWindow,
): Promise<RawFacts> {
  await duck.run(`CREATE OR REPLACE VIEW raw AS SELECT * FROM ${parquet(files)}`)
  await duck.run(SPELLINGS)
  const columns = await duck.rows('DESCRIBE raw')
  const named = (...types: string[]) =>
    columns.filter(c => types.includes(String(c.column_type))).map(nameOf)
  const count = (name: string, condition: string) =>
    `count(*) FILTER (WHERE ${condition}) AS ${name}`
  const over = (names: readonly string[], condition: (name: string) => string) =>
    duck.counts(`SELECT ${names.map(name => count(name, condition(name))).join(', ')} FROM raw`)
  const [times] = await duck.rows(`SELECT
    strftime(min(event_timestamp), '%Y-%m-%dT%H:%M:%S.%f') AS first,
    strftime(max(event_timestamp), '%Y-%m-%dT%H:%M:%S.%f') AS last,
    count(*) FILTER (WHERE event_timestamp < '${plainTime(window.start)}' OR event_timestamp >= '${plainTime(window.end)}') AS outside,
    count(event_id) - count(DISTINCT event_id) AS duplicates,
    count(DISTINCT customer_id) AS customers
    FROM raw`)
  const days = await duck.counts(`SELECT count(*) AS dates, max(n) AS hottest, sum(n) AS rows
    FROM (SELECT event_timestamp::DATE AS day, count(*) AS n FROM raw WHERE event_timestamp IS NOT NULL GROUP BY day)`)
  const flags = await duck.rows(
    'SELECT data_quality_flag AS flag, count(*) AS n FROM raw GROUP BY flag',
  )
  return {
    rows: Number((await duck.row('SELECT count(*) AS n FROM raw')).n),
    rows_of: await Promise.all(
      files.map(f => duck.row(`SELECT count(*) AS n FROM ${parquet([f])}`).then(r => Number(r.n))),
    ),
    nulls: await over(columns.map(nameOf), name => `${name} IS NULL`),
    nan: positive(await over(named('DOUBLE'), name => `isnan(${name})`)),
    infinite: positive(await over(named('DOUBLE'), name => `isinf(${name})`)),
    negative: positive(await over(named('DOUBLE', 'INTEGER'), name => `${name} < 0`)),
    findings: await duck.counts(
      `SELECT ${Object.entries(FINDINGS)
        .map(([name, sql]) => count(name, sql))
        .join(', ')} FROM (${spelled('raw')})`,
    ),
    flags: Object.fromEntries(flags.map(({ flag, n }) => [String(flag), Number(n)])),
    duplicates: Number(times!.duplicates),
    first: String(times!.first),
    last: String(times!.last),
    outside: Number(times!.outside),
    dates: days.dates!,
    skew: days.hottest! / (days.rows! / days.dates!),
    customers: Number(times!.customers),
    digest: await rowDigest(duck, columns),
  }
}

const nameOf = (column: Row): string => String(column.column_name)
const plainTime = (iso: string): string => iso.replace('T', ' ').replace('Z', '')
const positive = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0))

/**
 * The digest of a corpus, from its definition: the sum modulo 2^128 of the first 16 bytes (little-endian) of each row's SHA-256.
 * A row is its values in file order; NULL is a byte 0, any other value a byte 1 and then its bytes, texts behind their length.
 */
async function rowDigest(duck: Duck, columns: readonly Row[]): Promise<string> {
  const asked = columns.map(column => {
    const name = nameOf(column)
    return column.column_type === 'TIMESTAMP' ? `epoch_us(${name}) AS ${name}` : name
  })
  let sum = 0n
  for (const row of await duck.rows(`SELECT ${asked.join(', ')} FROM raw`)) {
    const bytes = columns.flatMap(column =>
      valueBytes(String(column.column_type), row[nameOf(column)] ?? null),
    )
    const hash = createHash('sha256').update(Buffer.concat(bytes)).digest()
    sum += (hash.readBigUInt64LE(8) << 64n) + hash.readBigUInt64LE(0)
  }
  return (sum % (1n << 128n)).toString(16).padStart(32, '0')
}

const PRESENT = Buffer.of(1)

function valueBytes(type: string, value: Cell): Buffer[] {
  if (value === null) return [Buffer.of(0)]
  switch (type) {
    case 'VARCHAR': {
      // Texts of digits come as numbers; none of the corpus begins with a zero that would be lost.
      const text = Buffer.from(String(value))
      return [PRESENT, int32(text.length), text]
    }
    case 'BOOLEAN':
      return [PRESENT, Buffer.of(value === true ? 1 : 0)]
    case 'INTEGER':
      return [PRESENT, int32(Number(value))]
    case 'DOUBLE': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(Number(value))
      return [PRESENT, bytes]
    }
    default: {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(value as number))
      return [PRESENT, bytes]
    }
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
