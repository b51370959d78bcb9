import { z } from 'zod'

/** A whole number from 0 on. Of 16 digits and more it comes as text from `parseExact`, and a double holds it well enough. */
export const CountSchema = z.union(
  [
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{16,19}$/)
      .transform(Number),
  ],
  {
    error: 'is no count',
  },
)
const amount = CountSchema.nullish()

/** Server statistics of a page; times in milliseconds. Older servers leave some of it out. */
const StatsSchema = z.object({
  state: z.string(),
  elapsedTimeMillis: amount,
  queuedTimeMillis: amount,
  planningTimeMillis: amount,
  cpuTimeMillis: amount,
  processedRows: amount,
  processedBytes: amount,
  physicalInputBytes: amount,
  peakMemoryBytes: amount,
})
export type PageStats = z.infer<typeof StatsSchema>

/** An error inside a page: the query ended with it, though the request went well. */
const ErrorSchema = z.object({
  message: z.string().nullish(),
  errorName: z.string().nullish(),
  errorType: z.string().nullish(),
})
export type PageError = z.infer<typeof ErrorSchema>

/** The part of a `/v1/statement` answer that is used here. Source: https://trino.io/docs/current/develop/client-protocol.html */
const PageSchema = z.object({
  id: z.string().min(1).max(200),
  nextUri: z.string().nullish(),
  /** Empty for statements without a result, as CALL. */
  columns: z.array(z.object({ name: z.string(), type: z.string() })).nullish(),
  data: z.array(z.array(z.unknown())).nullish(),
  error: ErrorSchema.nullish(),
  stats: StatsSchema,
})
export type Page = z.infer<typeof PageSchema>

/** `/v1/info`. */
export const ServerInfoSchema = z.object({
  nodeVersion: z.object({ version: z.string() }),
  environment: z.string().nullish(),
  starting: z.boolean().nullish(),
})

/** `/v1/query/{id}`, of which only how the query is doing is read. */
export const QueryStateSchema = z.object({ state: z.string() })

/** A page, or in words what keeps an answer from being one. */
export function readPage(answer: unknown): Page | string {
  const read = PageSchema.safeParse(answer)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  return path.length === 0
    ? 'it is no JSON object'
    : `its ${path.join('.')}: ${message.replace('Invalid input: ', '')}`
}

/** A run of digits that a double may not hold. Shorter text needs no second look. */
const MAY_BE_LARGE = /\d{16}/
/** A string, kept whole so that digits in it are left alone, or a number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const LARGE_INTEGER = /^-?\d{16,}$/

/** JSON in which integers of 16 digits and more come as text: as numbers they would be rounded. */
export function parseExact(text: string): unknown {
  if (!MAY_BE_LARGE.test(text)) return JSON.parse(text)
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, token => (LARGE_INTEGER.test(token) ? `"${token}"` : token)),
  )
}
