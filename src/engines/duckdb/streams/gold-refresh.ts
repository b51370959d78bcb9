import { performance } from 'node:perf_hooks'
import { rowsSnapshot, SILVER_SNAPSHOT } from '../../../contracts/lineage'
import type { StreamCommit, StreamJob } from '../../../contracts/streams'
import { requireTable } from '../../../iceberg/table'
import { DUCKDB } from '../../../workload/dialects/duckdb'
import { renderGold } from '../../../workload/render'
import { goldTarget } from '../gold-finalize'
import { type DuckDbSession, fileList } from '../session'
import { positionIn } from './position'
import { StreamTable } from './stream-table'

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
  private readonly table: StreamTable

  constructor(private readonly parts: GoldParts) {
    const { session, location, job, present, signal } = parts
    const target = goldTarget(location, job.gold.partitioning, job.gold.target_file_size)
    this.table = new StreamTable({ session, stream: STREAM, job, target, present, signal })
  }

  open(): Promise<void> {
    return this.table.open()
  }

  /** `null` where silver has nothing, or nothing new. */
  batch(): Promise<StreamCommit | null> {
    return this.parts.session.readers.read(() => this.refresh())
  }

  private async refresh(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const { silver, job } = this.parts
    const at = await this.table.standing()
    const landed = this.table.landed(at)
    if (landed) return landed
    const source = await requireTable(silver)
    const read = positionIn(source.properties, 'silver-stream', job.run_id)
    if (!read || read.batch === 0 || String(read.batch) === at.offset) return null
    const { through_ms } = read
    const rows = `read_parquet(${fileList(source.files.map(f => f.path))}, hive_partitioning = false)`
    return this.table.write({
      at,
      next: { offset: String(read.batch), through_ms },
      mode: 'replace',
      select: renderGold(DUCKDB, { source: rows }),
      input_rows: source.files.reduce((sum, f) => sum + f.rows, 0),
      source_batch: read.batch,
      summary: {
        // A batch is in silver, so silver has a snapshot.
        [SILVER_SNAPSHOT]: rowsSnapshot(source.snapshotId!, source.summary),
        ...(through_ms !== null && { 'lakebench.ingested-at': new Date(through_ms).toISOString() }),
      },
      begun,
    })
  }
}
