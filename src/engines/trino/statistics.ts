import type { ServerStatistics } from '../../contracts/ports'
import type { PageStats } from './page'

/** What Trino says of a query in the last page of its result. */
export function serverStatistics(queryId: string, stats: PageStats): ServerStatistics {
  return {
    query_id: queryId,
    elapsed_seconds: seconds(stats.elapsedTimeMillis),
    queued_seconds: seconds(stats.queuedTimeMillis),
    planning_seconds: seconds(stats.planningTimeMillis),
    cpu_seconds: seconds(stats.cpuTimeMillis),
    processed_rows: stats.processedRows ?? null,
    processed_bytes: stats.processedBytes ?? null,
    physical_bytes: stats.physicalInputBytes ?? null,
    peak_memory_bytes: stats.peakMemoryBytes ?? null,
  }
}

const seconds = (millis: number | null | undefined): number | null =>
  millis == null ? null : millis / 1000
