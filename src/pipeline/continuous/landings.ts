import type { Landing } from '../../contracts/continuous-metrics'
import type { SourceFile } from '../../contracts/streams'
import type { LandedFile } from '../../datagen/paced'

/** Seconds after the start within which the files that a stream finds count as there before. */
const FIRST_LOOK = 1

interface Noted extends Omit<Landing, 'files' | 'store_at'> {
  bytes: number | null
  /** The store's own time, and this machine's when the file was noted; milliseconds since the epoch. */
  store_ms: number | null
  noted_ms: number | null
}

/** When each raw file landed, as noted on one monotonic clock, and which batch of bronze took it. */
export class Landings {
  private readonly files = new Map<string, Noted>()

  /** Files that this run made. @param wall milliseconds since the epoch */
  made(files: readonly LandedFile[], now: number, wall: number): void {
    for (const { key, rows, bytes } of files)
      Object.assign(this.note(key, now, 'made'), { rows, bytes, noted: 'made', noted_ms: wall })
  }

  /** Notes a batch of bronze. A file that nobody had noted was seen by the stream. */
  taken(sources: readonly SourceFile[], bronze_batch: number, now: number): void {
    for (const { key, rows, modified_ms, seen_seconds } of sources) {
      const seen = now - seen_seconds
      const file = this.note(key, seen, seen <= FIRST_LOOK ? 'before' : 'seen')
      // Whoever noted it first was nearer to its landing; one that was left out landed when it had become whole.
      const at = file.left_out_at === null ? Math.min(file.at, seen) : seen
      Object.assign(file, { rows, bronze_batch, store_ms: modified_ms, at, left_out_at: null })
    }
  }

  isTaken(key: string): boolean {
    return this.files.has(key) && this.files.get(key)!.bronze_batch !== null
  }

  leftOut(key: string, now: number): void {
    this.note(key, now, 'seen').left_out_at ??= now
  }

  /** Newest landing among the files of a batch; `null` where it has none. */
  newest(sources: readonly SourceFile[]): number | null {
    return sources.reduce<number | null>(
      (newest, { key }) => later(newest, this.files.get(key)!.at),
      null,
    )
  }

  /** Counts all files that this run made. */
  produced(): { rows: number; files: number; bytes: number } {
    const sum = { rows: 0, files: 0, bytes: 0 }
    for (const { noted, rows, bytes } of this.files.values()) {
      if (noted !== 'made') continue
      sum.files++
      sum.rows += rows ?? 0
      sum.bytes += bytes ?? 0
    }
    return sum
  }

  /** When the oldest file landed that is not in gold, whose rows are those of bronze up to a batch; `null` where there is none. */
  oldestUnseen(bronze_batch: number): number | null {
    let oldest: number | null = null
    for (const file of this.files.values()) {
      const seen =
        file.left_out_at !== null ||
        (file.bronze_batch !== null && file.bronze_batch <= bronze_batch)
      if (!seen && (oldest === null || file.at < oldest)) oldest = file.at
    }
    return oldest
  }

  /** Seconds by which the store's clock is ahead of this machine's, by the median of the files that this run made. */
  storeOffset(): number | null {
    const offsets = [...this.files.values()]
      .flatMap(f =>
        f.store_ms === null || f.noted_ms === null ? [] : (f.store_ms - f.noted_ms) / 1000,
      )
      .sort((a, b) => a - b)
    return offsets[offsets.length >> 1] ?? null
  }

  /** Rows that landed and that no batch of bronze holds. */
  waitingRows(): number {
    let waiting = 0
    for (const { rows, bronze_batch, left_out_at } of this.files.values())
      if (bronze_batch === null && left_out_at === null) waiting += rows ?? 0
    return waiting
  }

  /** Files with the same facts as one entry. @param started of the window, milliseconds since the epoch */
  record(started: number): Landing[] {
    const groups = new Map<string, Landing>()
    for (const { at, noted, rows, bronze_batch, left_out_at, store_ms } of this.files.values()) {
      const store_at = store_ms === null ? null : (store_ms - started) / 1000
      const key = JSON.stringify([at, noted, bronze_batch, left_out_at, rows === null])
      const group = groups.get(key)
      groups.set(
        key,
        group
          ? {
              ...group,
              files: group.files + 1,
              rows: rows === null ? null : group.rows! + rows,
              store_at: later(group.store_at, store_at),
            }
          : { at, noted, files: 1, rows, bronze_batch, left_out_at, store_at },
      )
    }
    return [...groups.values()].sort((a, b) => a.at - b.at)
  }

  private note(key: string, at: number, noted: Landing['noted']): Noted {
    const known = this.files.get(key)
    if (known) return known
    const file: Noted = {
      at,
      noted,
      rows: null,
      bytes: null,
      bronze_batch: null,
      left_out_at: null,
      store_ms: null,
      noted_ms: null,
    }
    this.files.set(key, file)
    return file
  }
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}
