import { GIB } from '../shared/format'

/** A chunk of a chunked write reads at most about this much, so that its memory stays bounded whatever the corpus. */
const CHUNK_BYTES = 100 * GIB
const MIN_CHUNKS = 4

/** Pieces that a salted write cuts a hot date into. */
export const SALT_BUCKETS = 8

/** Date ranges that a chunked write of so many bytes goes through. */
export const chunkCount = (bytes: number): number =>
  Math.max(MIN_CHUNKS, Math.ceil(bytes / CHUNK_BYTES))

export interface DateChunk {
  readonly from: string
  /** Inclusive. */
  readonly to: string
}

const DAY_MS = 86_400_000

/** Cut an inclusive date range into at most `count` runs of equal length, bounds inclusive, nothing left out or twice. */
export function dateChunks(minDate: string, maxDate: string, count: number): DateChunk[] {
  const first = Date.parse(minDate) / DAY_MS
  const last = Date.parse(maxDate) / DAY_MS
  const days = last - first + 1
  const length = Math.max(1, Math.ceil(days / Math.max(1, count)))
  const text = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)
  const chunks: DateChunk[] = []
  for (let from = first; from <= last; from += length)
    chunks.push({ from: text(from), to: text(Math.min(last, from + length - 1)) })
  return chunks
}
