import type { Table } from 'apache-arrow'
import { recordsToArrow } from '../arrow'
import type { BenchmarkMetrics } from '../contracts/metrics'

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
   * `success`. A query without samples has one row with null times.
   */
  toArrow(): Table {
    return recordsToArrow(
      this.metrics.queries.flatMap(q => {
        const base = { query: q.name, class: q.class, rows_returned: q.rows_returned, success: q.success }
        const none = { stream: null, iteration: null, engine_seconds: null, fetch_seconds: null }
        return (q.samples.length > 0 ? q.samples : [none]).map(sample => ({ ...base, ...sample }))
      }),
    )
  }

  toJSON(): BenchmarkMetrics {
    return this.metrics
  }
}
