import { performance } from 'node:perf_hooks'
import type { EmbeddedResources } from '../../../contracts/plan'
import type { StreamCommit, StreamJob } from '../../../contracts/streams'
import { readAppended } from '../../../lakehouse/iceberg/table'
import { DUCKDB } from '../../../workload/dialects/duckdb'
import { renderSilver } from '../../../workload/render'
import { SILVER_COLUMNS } from '../../../workload/silver-columns'
import { type DuckDbSession, fileList } from '../session'
import { silverLayout, silverPartition } from '../silver-build'
import { type TableTarget, writeTable } from '../write-table'
import { INGESTED_AT } from './bronze-ingest'
import { claim, type Position, positionIn, positionProperties, requirePosition, standing } from './position'

const STREAM = 'silver-stream'
/** A year of dates, as the generator's window has. */
const DATES = 366

export interface SilverParts {
  readonly session: DuckDbSession
  readonly location: string
  readonly bronze: string
  readonly job: StreamJob
  readonly resources: EmbeddedResources | null
  /** Whether the storage is there at all. */
  readonly present: () => Promise<boolean>
  readonly signal: AbortSignal
}

export const silverTarget = (
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

/** What bronze gained since the last batch, transformed into silver. The offset is bronze's snapshot. */
export class SilverStream {
  private position: Position | null = null
  private epoch = 0
  /** Of the bronze snapshot that silver has read up to; older ones are not needed any more. */
  private sourceSequence = 0

  constructor(private readonly parts: SilverParts) {}

  /** Bronze's snapshots from this sequence number on are still to be read. */
  get readUpTo(): number {
    return this.sourceSequence
  }

  async open(): Promise<void> {
    const { location, job, resources, present } = this.parts
    this.position = await claim(silverTarget(location, job, resources), STREAM, job.run_id, present)
    this.epoch = this.position.epoch
  }

  batch(): Promise<StreamCommit | null> {
    return this.parts.session.readers.read(() => this.readAndWrite())
  }

  private async readAndWrite(): Promise<StreamCommit | null> {
    const begun = performance.now()
    const { session, location, bronze, job, resources, signal } = this.parts
    const at = this.position ?? (await standing(location, STREAM, job.run_id, this.epoch))
    const found = await readAppended(bronze, at.offset || null)
    if (!found || found.files.length === 0) return null
    const source = positionIn(found.to.properties, 'bronze-ingest', job.run_id)
    const next: Position = {
      epoch: at.epoch,
      batch: at.batch + 1,
      offset: found.to.snapshotId,
      through_ms: source?.through_ms ?? at.through_ms,
    }
    const target = silverTarget(location, job, resources)
    const properties = positionProperties(STREAM, job.run_id, next)
    const select = renderSilver(
      DUCKDB,
      {
        dataClock: job.data_clock,
        processedAt: new Date().toISOString().replace('Z', '000'),
        ingestedFrom: INGESTED_AT,
      },
      { source: `read_parquet(${fileList(found.files.map(f => f.path))}, hive_partitioning = false)` },
    )
    this.position = null
    const written = await writeTable(
      session,
      { ...target, properties: { ...target.properties, ...properties } },
      [{ select }],
      {
        mode: 'append',
        requires: requirePosition(STREAM, job.run_id, at),
        summary: { 'lakebench.run-id': job.run_id, 'lakebench.data-clock': job.data_clock, ...properties },
      },
      { signal },
    )
    this.position = next
    this.sourceSequence = found.to.sequence
    return {
      stream: STREAM,
      batch: next.batch,
      snapshot_id: written.snapshotId,
      seconds: (performance.now() - begun) / 1000,
      input_rows: found.files.reduce((sum, f) => sum + f.rows, 0),
      output_rows: written.files.reduce((sum, f) => sum + f.rows, 0),
      bytes: written.files.reduce((sum, f) => sum + f.bytes, 0),
      files: written.files.length,
      through_ms: next.through_ms,
    }
  }
}
