import { JobFailedError } from '../../contracts/errors'
import type { GoldFinalizeJob, GoldFinalizeResult } from '../../contracts/jobs'
import { CORPUS, lineageOf, RUN_ID, rowsSnapshot, SILVER_SNAPSHOT } from '../../contracts/lineage'
import type { RunJobOptions } from '../../contracts/ports'
import type { PartitionBy } from '../../contracts/tables'
import type { TableSnapshot } from '../../iceberg/types'
import { MIB } from '../../shared/format'
import { DUCKDB } from '../../workload/dialects/duckdb'
import { GOLD_COLUMNS } from '../../workload/gold-kpis'
import { renderGold } from '../../workload/render'
import { startMeter } from './meter'
import { builtTable, tableSql } from './relations'
import { type DuckDbSession, fileList } from './session'
import { type TableTarget, writeTable } from './write-table'

const TARGET_FILE_SIZE = 128 * MIB
const ROW_GROUP_ROWS = 122_880

/** How gold lies: one row a date, a file a partition. */
export function goldTarget(
  location: string,
  transform: PartitionBy['transform'],
  targetFileSize: number,
): TableTarget {
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
  locations: { readonly silver: string; readonly gold: string },
  job: GoldFinalizeJob,
  options: RunJobOptions,
): Promise<GoldFinalizeResult> {
  const stop = startMeter()
  const silver = await builtTable('silver', locations.silver)
  const input_rows = await rowsIn(session, silver, options.signal)
  if (input_rows === 0)
    throw new JobFailedError(
      'The silver table has no rows, so there is nothing to aggregate. Run silver-build on data first.',
    )
  const ingestedAt = silver.summary['lakebench.ingested-at']
  const { corpus } = lineageOf(silver.snapshotId, silver.summary)
  const written = await writeTable(
    session,
    goldTarget(locations.gold, job.partitioning, TARGET_FILE_SIZE),
    [{ select: renderGold(DUCKDB, { source: tableSql(silver) }) }],
    {
      mode: 'replace',
      summary: {
        [RUN_ID]: job.run_id,
        ...(corpus !== null && { [CORPUS]: corpus }),
        // It has rows, so it has a snapshot.
        [SILVER_SNAPSHOT]: rowsSnapshot(silver.snapshotId!, silver.summary),
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
    input_bytes: silver.files.reduce((sum, f) => sum + f.bytes, 0),
    output_bytes: written.files.reduce((sum, f) => sum + f.bytes, 0),
    output_files: written.files.length,
    corpus,
    partitioning: job.partitioning,
    snapshot_id: written.snapshotId,
  }
}

/** As the data files' own footers count them, which the scan needs anyway. @throws where they are not those that were committed */
async function rowsIn(
  session: DuckDbSession,
  { files }: TableSnapshot,
  signal: AbortSignal,
): Promise<number> {
  if (files.length === 0) return 0
  const sql = `SELECT file_name, num_rows FROM parquet_file_metadata(${fileList(files.map(f => f.path))})`
  const found = new Map(
    (await session.rows(sql, { signal })).map(r => [String(r.file_name), Number(r.num_rows)]),
  )
  const changed = files.find(f => found.get(f.path) !== f.rows)
  if (!changed) return files.reduce((sum, f) => sum + f.rows, 0)
  throw new JobFailedError(
    `A data file of silver is not the one that was committed: ${changed.path} has ${found.get(changed.path) ?? 'no'} rows, not ${changed.rows}. Run silver-build again.`,
  )
}
