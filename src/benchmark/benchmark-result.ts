import type { Table } from 'apache-arrow'
import { recordsToArrow } from '../arrow'
import type { BenchmarkMetrics } from '../contracts/metrics'

type Sample = BenchmarkMetrics['queries'][number]['samples'][number]
/** A query without samples has a row too. */
type Row = { readonly [K in Exclude<keyof Sample, 'server'>]: number | null } & Pick<Sample, 'server'>

const NO_SERVER = {
  query_id: null,
  elapsed_seconds: null,
  queued_seconds: null,
  planning_seconds: null,
  cpu_seconds: null,
  processed_rows: null,
  processed_bytes: null,
  physical_bytes: null,
  peak_memory_bytes: null,
}

/** The benchmark of a run, as data to go on with. */
export class BenchmarkResult {
  readonly metrics: BenchmarkMetrics

  constructor(metrics: BenchmarkMetrics) {
    this.metrics = metrics
  }

  get qph(): number | null {
    return this.metrics.qph
  }

  /**
   * One row per timed execution: `query`, `class`, `stream`, `iteration`, `engine_seconds`, `fetch_seconds`, `rows_returned`,
   * `success`, and where a server answered `query_id`, `server_elapsed_seconds`, `queued_seconds`, `planning_seconds`,
   * `cpu_seconds`, `processed_rows`, `processed_bytes`, `physical_bytes`, `peak_memory_bytes` (null elsewhere). A query without
   * samples has one row with null times.
   */
  toArrow(): Table {
    return recordsToArrow(
      this.metrics.queries.flatMap(q => {
        const base = { query: q.name, class: q.class, rows_returned: q.rows_returned, success: q.success }
        const none: Row = { stream: null, iteration: null, engine_seconds: null, fetch_seconds: null }
        const rows: readonly Row[] = q.samples.length > 0 ? q.samples : [none]
        return rows.map(({ server, ...sample }) => {
          const { elapsed_seconds = null, ...rest } = server ?? NO_SERVER
          return { ...base, ...sample, ...rest, server_elapsed_seconds: elapsed_seconds }
        })
      }),
    )
  }

  toJSON(): BenchmarkMetrics {
    return this.metrics
  }
}
