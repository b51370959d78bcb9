import { z } from 'zod'
import type { CellValue, ServerStatistics } from '../../contracts/ports'
import { replaceLargeIntegers } from '../../shared/exact-json'
import { shortText } from './errors'

/** A whole number from 0 on; text or a bigint of 16 digits and more, which a double holds well enough. */
export const CountSchema = z.union(
  [
    z.int().nonnegative(),
    z.bigint().nonnegative().transform(Number),
    z
      .string()
      .regex(/^\d{16,19}$/)
      .transform(Number),
  ],
  { error: 'is no count' },
)
/** A count that Trino sent as a cell; `null` for anything else. */
export const countOf = (value: unknown): number | null => CountSchema.safeParse(value).data ?? null

// Older servers leave some of it out.
const count = CountSchema.nullish().transform(value => value ?? null)
const seconds = count.transform(millis => (millis === null ? null : millis / 1000))

/** A page's statistics of its query. */
const StatsSchema = z.object({
  state: z.string(),
  elapsedTimeMillis: seconds,
  queuedTimeMillis: seconds,
  planningTimeMillis: seconds,
  cpuTimeMillis: seconds,
  processedRows: count,
  processedBytes: count,
  physicalInputBytes: count,
  peakMemoryBytes: count,
})

export const serverStatistics = (
  query_id: string,
  stats: z.infer<typeof StatsSchema>,
): ServerStatistics => ({
  query_id,
  elapsed_seconds: stats.elapsedTimeMillis,
  queued_seconds: stats.queuedTimeMillis,
  planning_seconds: stats.planningTimeMillis,
  cpu_seconds: stats.cpuTimeMillis,
  processed_rows: stats.processedRows,
  processed_bytes: stats.processedBytes,
  physical_bytes: stats.physicalInputBytes,
  peak_memory_bytes: stats.peakMemoryBytes,
})

const text = z.string().nullish()
const ColumnSchema = z.object({ name: z.string(), type: z.string() })

/** The part of a `/v1/statement` answer that is used here. Source: https://trino.io/docs/current/develop/client-protocol.html */
export const PageSchema = z.object({
  id: z.string().min(1).max(200),
  nextUri: text,
  /** Empty for statements without a result, as CALL. */
  columns: z.array(ColumnSchema).nullish(),
  data: z.array(z.array(z.unknown())).nullish(),
  /** The query ended with it, though the request went well. */
  error: z.object({ message: text, errorName: text, errorType: text }).nullish(),
  stats: StatsSchema,
})
export type Page = z.infer<typeof PageSchema>
export type Column = z.infer<typeof ColumnSchema>

/** `/v1/info`. */
export const ServerInfoSchema = z
  .object({
    nodeVersion: z.object({ version: z.string() }),
    environment: text,
    starting: z.boolean().nullish(),
  })
  .transform(({ nodeVersion: { version }, environment = null, starting }) => ({
    version,
    environment,
    starting: starting === true,
  }))
export type ServerInfo = z.infer<typeof ServerInfoSchema>

/** `/v1/query/{id}`, of which only how the query is doing is read. */
export const QueryStateSchema = z.object({ state: z.string() })

/** Parses an answer's text, or says why it cannot be parsed. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: string): T | string {
  let json: unknown
  try {
    json = answer === '' ? null : parseExact(answer)
  } catch {
    return 'it is something that is no JSON'
  }
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  return path.length === 0
    ? 'it is no JSON object'
    : `its ${path.join('.')}: ${message.replace('Invalid input: ', '')}`
}

/** JSON in which integers of 16 digits and more come as text: as numbers they would be rounded. */
export const parseExact = (text: string): unknown =>
  JSON.parse(replaceLargeIntegers(text, digits => `"${digits}"`))

/** `undefined` for what Trino does not send for the type. */
type Convert = (value: unknown) => CellValue | undefined

const asText: Convert = value => (typeof value === 'string' ? value : undefined)
const asInteger: Convert = value => (Number.isSafeInteger(value) ? (value as number) : undefined)

/** Trino writes what JSON numbers cannot say as text: `NaN`, `Infinity`, and large integers (see `parseExact`). */
const asNumber: Convert = value => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^(NaN|-?(Infinity|\d{1,300}))$/.test(value)
    ? Number(value)
    : undefined
}

const CONVERTERS: Readonly<Record<string, Convert>> = {
  bigint: value =>
    Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))
      ? BigInt(value as number | string)
      : undefined,
  ...{ integer: asInteger, smallint: asInteger, tinyint: asInteger },
  ...{ double: asNumber, real: asNumber },
  boolean: value => (typeof value === 'boolean' ? value : undefined),
  // `2024-01-01 10:00:00.123456`, with ` UTC` where the type has a zone; other zones stay in the text.
  timestamp: value =>
    typeof value === 'string' ? value.replace(' ', 'T').replace(/ UTC$/, '') : undefined,
  ...{ varchar: asText, char: asText, varbinary: asText, json: asText, uuid: asText },
  ...{ decimal: asText, date: asText, time: asText, interval: asText },
}

/** Arrays, maps and rows, and types that are not known here. */
const asJson: Convert = value => {
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return undefined // Nested beyond the stack.
  }
}

/**
 * Reader of a column's values by Trino's spelling of its type. Decimals, dates, times, uuids and intervals are text as Trino
 * writes them, binary values base64; arrays, maps and rows are JSON text.
 * @throws Error for a value that Trino does not send for the type; the text continues "Trino at <address> …"
 */
export function cellReader({ name, type }: Column): (value: unknown) => CellValue {
  const kind = type.replace(/[( ].*$/, '').toLowerCase()
  const convert = Object.hasOwn(CONVERTERS, kind) ? CONVERTERS[kind]! : asJson
  return value => {
    if (value === null || value === undefined) return null
    const cell = convert(value)
    if (cell !== undefined) return cell
    throw new Error(`sent a value that is no ${shortText(type)} in column ${shortText(name)}`)
  }
}
