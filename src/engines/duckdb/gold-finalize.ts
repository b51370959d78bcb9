import { JobFailedError } from '../../contracts/errors'
import type { GoldFinalizeJob, GoldFinalizeResult } from '../../contracts/jobs'
import type { RunJobOptions } from '../../contracts/ports'
import type { PartitionBy } from '../../contracts/tables'
import { loadTable } from '../../lakehouse/iceberg/table'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { GOLD_COLUMNS } from '../../workload/gold-kpis'
import { renderGold } from '../../workload/render'
import { startMeter } from './meter'
import type { DuckDbSession } from './session'
import { type TableTarget, writeTable } from './write-table'

const TARGET_FILE_SIZE = 128 * 2 ** 20
const ROW_GROUP_ROWS = 122_880

export interface GoldTables {
  readonly silver: { readonly sql: string; readonly location: string }
  readonly location: string
}

/** How gold lies: one row a date, a file a partition. */
export function goldTarget(location: string, transform: PartitionBy['transform'], targetFileSize: number): TableTarget {
  return {
    location,
    columns: GOLD_COLUMNS,
    partitionBy: { column: 'interaction_date', transform },
    targetFileSize,
    layout: { rowGroupRows: ROW_GROUP_ROWS, partitions: 1, waitingRows: null },
    properties: {
      'write.parquet.compression-codec': 'zstd',
      'write.target-file-size-bytes': String(targetFileSize),
    },
  }
}

/** One scan of silver, one small table. An empty silver table is an error: gold of nothing is no result. */
export async function goldFinalize(
  session: DuckDbSession,
  tables: GoldTables,
  job: GoldFinalizeJob,
  options: RunJobOptions,
): Promise<GoldFinalizeResult> {
  const stop = startMeter()
  const silver = await loadTable(tables.silver.location)
  const input_rows = silver?.files.reduce((sum, f) => sum + f.rows, 0) ?? 0
  if (input_rows === 0)
    throw new JobFailedError(
      'The silver table has no rows, so there is nothing to aggregate. Run silver-build on data first.',
    )
  const ingestedAt = silver?.summary['lakebench.ingested-at']
  const written = await writeTable(
    session,
    goldTarget(tables.location, job.partitioning, TARGET_FILE_SIZE),
    [{ select: renderGold(DUCKDB, { source: tables.silver.sql }) }],
    {
      mode: 'replace',
      summary: {
        'lakebench.run-id': job.run_id,
        ...(ingestedAt !== undefined && { 'lakebench.ingested-at': ingestedAt }),
      },
    },
    options,
  )
  const metered = stop()
  return {
    ...metered,
    input_rows,
    output_rows: written.files.reduce((sum, f) => sum + f.rows, 0),
    input_bytes: silver!.files.reduce((sum, f) => sum + f.bytes, 0),
    output_bytes: written.files.reduce((sum, f) => sum + f.bytes, 0),
    output_files: written.files.length,
    partitioning: job.partitioning,
    snapshot_id: written.snapshotId,
  }
}
