import { performance } from 'node:perf_hooks'
import { BRONZE_SNAPSHOT, rowsSnapshot } from '../../../contracts/lineage'
import type { EmbeddedResources } from '../../../contracts/plan'
import type { StreamCommit, StreamJob } from '../../../contracts/streams'
import { readAppended } from '../../../iceberg/table'
import { DUCKDB } from '../../../workload/dialects/duckdb'
import { renderSilver } from '../../../workload/render'
import { SILVER_COLUMNS } from '../../../workload/silver-columns'
import { fileList } from '../session'
import { silverLayout, silverPartition } from '../silver-build'
import type { TableTarget } from '../write-table'
import { INGESTED_AT } from './bronze-ingest'
import { positionIn, type StreamContext, StreamTable } from './stream-table'

/** A year of dates, as the generator's window has. */
const DATES = 366

const silverTarget = (
  location: string,
  { silver }: StreamJob,
  resources: EmbeddedResources | null,
): TableTarget => ({
  location,
  columns: SILVER_COLUMNS,
  partitionBy: silverPartition(silver.partitioning),
  targetFileSize: silver.target_file_size,
  layout: silverLayout(silver.partitioning, DATES, resources),
  properties: { 'write.parquet.compression-codec': 'zstd' },
})

/** Transforms the rows that bronze gained since the last batch into silver. The offset is bronze's snapshot. */
export class SilverStream {
  readonly table: StreamTable
  /** Sequence number of the bronze snapshot that silver has read up to; older ones are not needed any more. */
  private sourceSequence = 0

  constructor(private readonly context: StreamContext) {
    const { locations, job, resources } = context
    const target = silverTarget(locations.silver, job, resources)
    this.table = new StreamTable(context, 'silver-stream', target)
  }

  /** Bronze's snapshots from this sequence number on are still to be read. */
  get oldestNeeded(): number {
    return this.sourceSequence
  }

  open(): Promise<void> {
    return this.table.open()
  }

  batch(): Promise<StreamCommit | null> {
    return this.context.session.readers.read(() => this.readAndWrite())
  }

  private async readAndWrite(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const { locations, job } = this.context
    const at = await this.table.readPosition()
    const resolved = this.table.takeResolved(at)
    if (resolved) return resolved
    const found = await readAppended(locations.bronze, at.offset || null)
    if (!found || found.files.length === 0) return null
    const source = positionIn(found.to.properties, 'bronze-ingest', job.run_id)
    const commit = await this.table.write({
      at,
      next: { offset: found.to.snapshotId, watermark: source?.watermark ?? at.watermark },
      mode: 'append',
      select: renderSilver(
        DUCKDB,
        {
          dataClock: job.data_clock,
          processedAt: new Date().toISOString().replace('Z', '000'),
          ingestedFrom: INGESTED_AT,
        },
        {
          source: `read_parquet(${fileList(found.files.map(f => f.path))}, hive_partitioning = false)`,
        },
      ),
      input_rows: found.files.reduce((sum, f) => sum + f.rows, 0),
      source_batch: source?.batch ?? null,
      summary: {
        'lakebench.data-clock': job.data_clock,
        [BRONZE_SNAPSHOT]: rowsSnapshot(found.to.snapshotId, found.to.summary),
      },
      begun,
    })
    this.sourceSequence = found.to.sequence
    return commit
  }
}
