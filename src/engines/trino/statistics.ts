import type { ServerStatistics } from '../../contracts/ports'
import type { PageStats } from './page'

/** What Trino says of a query in the last page of its result. Older servers leave some of it out. */
export function serverStatistics(queryId: string, stats: PageStats): ServerStatistics {
  return {
    query_id: queryId,
    elapsed_seconds: seconds(stats.elapsedTimeMillis),
    queued_seconds: seconds(stats.queuedTimeMillis),
    planning_seconds: seconds(stats.planningTimeMillis),
    cpu_seconds: seconds(stats.cpuTimeMillis),
    processed_rows: count(stats.processedRows),
    processed_bytes: count(stats.processedBytes),
    physical_bytes: count(stats.physicalInputBytes),
    peak_memory_bytes: count(stats.peakMemoryBytes),
  }
}

/** Large numbers come as text from `parseExact`. */
const count = (value: unknown): number | null =>
  (typeof value === 'number' || typeof value === 'string') && Number(value) >= 0 ? Number(value) : null

function seconds(millis: unknown): number | null {
  const value = count(millis)
  return value === null ? null : value / 1000
}
