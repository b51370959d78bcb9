import { performance } from 'node:perf_hooks'
import type { StreamCommit, StreamJob } from '../../../contracts/streams'
import { requireTable } from '../../../lakehouse/iceberg/table'
import { DUCKDB } from '../../../workload/dialects/duckdb'
import { renderGold } from '../../../workload/render'
import { goldTarget } from '../gold-finalize'
import { type DuckDbSession, fileList } from '../session'
import { writeTable } from '../write-table'
import { claim, type Position, positionIn, positionProperties, requirePosition, standing } from './position'

const STREAM = 'gold-refresh'

export interface GoldParts {
  readonly session: DuckDbSession
  readonly location: string
  readonly silver: string
  readonly job: StreamJob
  /** Whether the storage is there at all. */
  readonly present: () => Promise<boolean>
  readonly signal: AbortSignal
}

/** Gold from the whole of silver, replaced each time. The offset is silver's batch, so an older silver never replaces a newer. */
export class GoldRefresh {
  private position: Position | null = null
  private epoch = 0

  constructor(private readonly parts: GoldParts) {}

  async open(): Promise<void> {
    const { job, present } = this.parts
    this.position = await claim(this.target({}), STREAM, job.run_id, present)
    this.epoch = this.position.epoch
  }

  /** `null` where silver has nothing, or nothing new. */
  batch(): Promise<StreamCommit | null> {
    return this.parts.session.readers.read(() => this.refresh())
  }

  private target(properties: Readonly<Record<string, string>>) {
    const { location, job } = this.parts
    return goldTarget(location, job.gold.partitioning, job.gold.target_file_size, properties)
  }

  private async refresh(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const { session, location, silver, job, signal } = this.parts
    const at = this.position ?? (await standing(location, STREAM, job.run_id, this.epoch))
    const source = await requireTable(silver)
    const read = positionIn(source.properties, 'silver-stream', job.run_id)
    if (!read || read.batch === 0 || String(read.batch) === at.offset) return null
    const next: Position = {
      epoch: at.epoch,
      batch: at.batch + 1,
      offset: String(read.batch),
      through_ms: read.through_ms,
    }
    const properties = positionProperties(STREAM, job.run_id, next)
    const ingestedAt: Record<string, string> =
      next.through_ms === null ? {} : { 'lakebench.ingested-at': new Date(next.through_ms).toISOString() }
    const rows = `read_parquet(${fileList(source.files.map(f => f.path))}, hive_partitioning = false)`
    this.position = null
    const written = await writeTable(
      session,
      this.target(properties),
      [{ select: renderGold(DUCKDB, { source: rows }) }],
      {
        mode: 'replace',
        requires: requirePosition(STREAM, job.run_id, at),
        summary: { 'lakebench.run-id': job.run_id, ...ingestedAt, ...properties },
      },
      { signal },
    )
    this.position = next
    return {
      stream: STREAM,
      batch: next.batch,
      snapshot_id: written.snapshotId,
      seconds: (performance.now() - begun) / 1000,
      input_rows: source.files.reduce((sum, f) => sum + f.rows, 0),
      output_rows: written.files.reduce((sum, f) => sum + f.rows, 0),
      bytes: written.files.reduce((sum, f) => sum + f.bytes, 0),
      files: written.files.length,
      through_ms: next.through_ms,
    }
  }
}
