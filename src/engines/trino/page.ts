/** An error inside a page: the query ended with it, though the request went well. */
export interface PageError {
  readonly message: string
  readonly errorName: string
  readonly errorType: string
}

/** The part of a `/v1/statement` answer that is used here; fields that a server leaves out are `undefined`. */
export interface Page {
  readonly id: string
  readonly nextUri?: string
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly data?: readonly (readonly unknown[])[]
  readonly error?: PageError
  readonly stats: PageStats
}

/** Server statistics of a page; times in milliseconds. */
export interface PageStats {
  readonly state: string
  readonly elapsedTimeMillis?: number
  readonly queuedTimeMillis?: number
  readonly planningTimeMillis?: number
  readonly cpuTimeMillis?: number
  readonly processedRows?: number
  readonly processedBytes?: number
  readonly physicalInputBytes?: number
  readonly peakMemoryBytes?: number
}

/** A run of digits that a double may not hold. Shorter text needs no second look. */
const MAY_BE_LARGE = /\d{16}/
/** A string, kept whole so that digits in it are left alone, or a number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const LARGE_INTEGER = /^-?\d{16,}$/

/** JSON in which integers of 16 digits and more come as text: as numbers they would be rounded. */
export function parseExact(text: string): unknown {
  if (!MAY_BE_LARGE.test(text)) return JSON.parse(text)
  return JSON.parse(text.replace(STRING_OR_NUMBER, token => (LARGE_INTEGER.test(token) ? `"${token}"` : token)))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is wrong with an answer that should be a page; `null` for nothing. */
export function pageProblem(answer: unknown): string | null {
  if (!isRecord(answer)) return 'it is no JSON object'
  if (typeof answer.id !== 'string' || answer.id === '') return 'it has no query id'
  if (!isRecord(answer.stats) || typeof answer.stats.state !== 'string') return 'it has no state'
  if (answer.nextUri !== undefined && typeof answer.nextUri !== 'string') return 'its nextUri is no text'
  if (answer.columns !== undefined && !Array.isArray(answer.columns)) return 'its columns are no list'
  if (answer.data !== undefined && !Array.isArray(answer.data)) return 'its rows are no list'
  return null
}
