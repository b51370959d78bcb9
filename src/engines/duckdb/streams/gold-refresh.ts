import { performance } from 'node:perf_hooks'
import { rowsSnapshot, SILVER_SNAPSHOT } from '../../../contracts/lineage'
import type { StreamCommit } from '../../../contracts/streams'
import { requireTable } from '../../../iceberg/table'
import { DUCKDB } from '../../../workload/dialects/duckdb'
import { renderGold } from '../../../workload/render'
import { goldTarget } from '../gold-finalize'
import { fileList } from '../session'
import { positionIn, type StreamContext, StreamTable } from './stream-table'

/** Gold from the whole of silver, replaced each time. The offset is silver's batch, so an older silver never replaces a newer. */
export class GoldRefresh {
  readonly table: StreamTable

  constructor(private readonly context: StreamContext) {
    const { partitioning, target_file_size } = context.job.gold
    const target = goldTarget(context.locations.gold, partitioning, target_file_size)
    this.table = new StreamTable(context, 'gold-refresh', target)
  }

  open(): Promise<void> {
    return this.table.open()
  }

  /** `null` where silver has nothing, or nothing new. */
  batch(): Promise<StreamCommit | null> {
    return this.context.session.readers.read(() => this.refresh())
  }

  private async refresh(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const { locations, job } = this.context
    const at = await this.table.readPosition()
    const resolved = this.table.takeResolved(at)
    if (resolved) return resolved
    const source = await requireTable(locations.silver)
    const read = positionIn(source.properties, 'silver-stream', job.run_id)
    if (!read || read.batch === 0 || String(read.batch) === at.offset) return null
    const { watermark } = read
    const rows = `read_parquet(${fileList(source.files.map(f => f.path))}, hive_partitioning = false)`
    return this.table.write({
      at,
      next: { offset: String(read.batch), watermark },
      mode: 'replace',
      select: renderGold(DUCKDB, { source: rows }),
      input_rows: source.files.reduce((sum, f) => sum + f.rows, 0),
      source_batch: read.batch,
      summary: {
        // A batch is in silver, so silver has a snapshot.
        [SILVER_SNAPSHOT]: rowsSnapshot(source.snapshotId!, source.summary),
        ...(watermark !== null && { 'lakebench.ingested-at': new Date(watermark).toISOString() }),
      },
      begun,
    })
  }
}
