import { performance } from 'node:perf_hooks'
import { shortMessage } from '../../../contracts/errors'
import type { StreamName } from '../../../contracts/streams'
import { expireSnapshots, loadTable } from '../../../iceberg/table'
import type { DataFile } from '../../../iceberg/types'
import { fileList, identifier } from '../session'
import { type TableTarget, writeTable } from '../write-table'
import type { StreamContext } from './stream-table'

/** Small files of one partition that are worth a rewrite. */
const FEWEST_FILES = 8
/** Share of the target; larger files stay as they are. */
const SMALL_SHARE = 0.5
/** Newest snapshots that stay, whatever their age. */
const LAST_SNAPSHOTS = 5
const SHORTEST_PAUSE_MS = 5000

/** Keeps a growing table small and readable: small files become large ones, old snapshots go. Runs beside the writers. */
export class Maintenance {
  private running: Promise<void> | null = null
  private expiredAt = performance.now()

  /** @param oldestNeeded sequence number from which on snapshots have a reader; `null`: none has */
  constructor(
    private readonly context: StreamContext,
    private readonly stream: StreamName,
    private readonly target: TableTarget,
    private readonly oldestNeeded: () => number | null,
  ) {}

  /** Begins a round where none is under way; its failure is a warning and stops nothing. */
  begin(): void {
    this.running ??= this.round()
      .catch((error: unknown) => {
        if (!this.context.signal.aborted)
          this.context.hooks.onWarning(
            `Maintenance after ${this.stream} failed: ${shortMessage(error)}. It is tried again.`,
          )
      })
      .finally(() => {
        this.running = null
      })
  }

  async finish(): Promise<void> {
    await this.running
  }

  private async round(): Promise<void> {
    await this.compact()
    const retention = this.context.job.retention_seconds * 1000
    const interval = Math.max(SHORTEST_PAUSE_MS, retention / 4)
    if (performance.now() - this.expiredAt >= interval) await this.expire(retention)
  }

  private async compact(): Promise<void> {
    const { target } = this
    const { session, signal, hooks } = this.context
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
        hooks.onCompaction(this.stream, small.length, written.files.length)
      }
    })
  }

  private async expire(ageMs: number): Promise<void> {
    this.expiredAt = performance.now()
    const deleted = await expireSnapshots(
      this.target.location,
      { last: LAST_SNAPSHOTS, ageMs, fromSequence: this.oldestNeeded() },
      () => this.context.session.readers.quiesced(),
    )
    if (deleted.length > 0) this.context.hooks.onExpired(this.stream, deleted.length)
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
