import { performance } from 'node:perf_hooks'
import { expireSnapshots, loadTable } from '../../../iceberg/table'
import type { DataFile } from '../../../iceberg/types'
import { type DuckDbSession, fileList, identifier } from '../session'
import { type TableTarget, writeTable } from '../write-table'

/** Small files of one partition that are worth a rewrite. */
const FEWEST_FILES = 8
/** Of the target; larger files stay as they are. */
const SMALL_SHARE = 0.5
/** Newest snapshots that stay, whatever their age. */
const LAST_SNAPSHOTS = 5
const SHORTEST_PAUSE_MS = 5000

export interface UpkeepParts {
  readonly session: DuckDbSession
  readonly target: TableTarget
  readonly retentionSeconds: number
  /** Sequence number from which on snapshots have a reader; `null`: none has. */
  readonly neededFrom: () => number | null
  readonly signal: AbortSignal
  readonly onCompaction: (before: number, after: number) => void
  readonly onExpired: (files: number) => void
}

/** Keeps a growing table small and readable: small files become large ones, old snapshots go. Runs beside the writers. */
export class Upkeep {
  private running: Promise<void> | null = null
  private expiredAt = performance.now()

  constructor(private readonly parts: UpkeepParts) {}

  /** Begin a round where none is under way; its failure is told to `onFailure` and stops nothing. */
  begin(onFailure: (error: unknown) => void): void {
    this.running ??= this.round()
      .catch(onFailure)
      .finally(() => {
        this.running = null
      })
  }

  async settled(): Promise<void> {
    await this.running
  }

  private async round(): Promise<void> {
    await this.compact()
    const { retentionSeconds } = this.parts
    const pause = Math.max(SHORTEST_PAUSE_MS, (retentionSeconds * 1000) / 4)
    if (performance.now() - this.expiredAt >= pause) await this.expire()
  }

  private async compact(): Promise<void> {
    const { session, target, signal, onCompaction } = this.parts
    await session.readers.read(async () => {
      const table = await loadTable(target.location)
      for (const small of table === null ? [] : rewritable(table.files, target.targetFileSize)) {
        const columns = target.columns.map(c => identifier(c.name)).join(', ')
        const source = `read_parquet(${fileList(small.map(f => f.path))}, hive_partitioning = false)`
        const written = await writeTable(
          session,
          target,
          [{ select: `SELECT ${columns} FROM ${source}` }],
          { mode: 'rewrite', replaced: new Set(small.map(f => f.path)), summary: {} },
          { signal },
        )
        onCompaction(small.length, written.files.length)
      }
    })
  }

  private async expire(): Promise<void> {
    const { session, target, retentionSeconds, neededFrom, onExpired } = this.parts
    this.expiredAt = performance.now()
    const gone = await expireSnapshots(
      target.location,
      { last: LAST_SNAPSHOTS, ageMs: retentionSeconds * 1000, fromSequence: neededFrom() },
      () => session.readers.quiesced(),
    )
    if (gone.length > 0) onExpired(gone.length)
  }
}

/** Groups of small files, each of one partition and at most about one target file together. */
export function rewritable(files: readonly DataFile[], targetFileSize: number): DataFile[][] {
  const partitions = new Map<number | null, DataFile[]>()
  for (const file of files) {
    if (file.bytes >= targetFileSize * SMALL_SHARE) continue
    partitions.set(file.partition, [...(partitions.get(file.partition) ?? []), file])
  }
  return [...partitions.values()].flatMap(small => {
    const groups: DataFile[][] = [[]]
    let bytes = 0
    for (const file of small) {
      if (bytes + file.bytes > targetFileSize && groups.at(-1)!.length > 0) {
        groups.push([])
        bytes = 0
      }
      groups.at(-1)!.push(file)
      bytes += file.bytes
    }
    return groups.filter(group => group.length >= FEWEST_FILES)
  })
}
