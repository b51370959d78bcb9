import type { Table } from 'apache-arrow'
import type { BenchmarkMetrics, QueryMetrics } from '../../contracts/benchmark-metrics'
import { type ArrowColumn, rowsToArrow } from '../../shared/arrow'

type Sample = QueryMetrics['samples'][number]

/** A column of `toArrow`, and where its value comes from; `null` for a query without samples. */
const column = (
  name: string,
  type: string,
  value: (query: QueryMetrics, sample: Sample | null) => unknown,
) => ({
  name,
  type,
  value,
})
type Server = NonNullable<Sample['server']>
const server = (name: string, field: keyof Server, type = 'double') =>
  column(name, type, (_, sample) => sample?.server?.[field])

const COLUMNS: readonly (ArrowColumn & ReturnType<typeof column>)[] = [
  column('query', 'varchar', q => q.name),
  column('class', 'varchar', q => q.class),
  column('rows_returned', 'double', q => q.rows_returned),
  column('success', 'boolean', q => q.success),
  column('stream', 'double', (_, s) => s?.stream),
  column('iteration', 'double', (_, s) => s?.iteration),
  column('engine_seconds', 'double', (_, s) => s?.engine_seconds),
  column('fetch_seconds', 'double', (_, s) => s?.fetch_seconds),
  server('query_id', 'query_id', 'varchar'),
  server('server_elapsed_seconds', 'elapsed_seconds'),
  server('cpu_seconds', 'cpu_seconds'),
  server('queued_seconds', 'queued_seconds'),
  server('planning_seconds', 'planning_seconds'),
  server('processed_rows', 'processed_rows'),
  server('processed_bytes', 'processed_bytes'),
  server('physical_bytes', 'physical_bytes'),
  server('peak_memory_bytes', 'peak_memory_bytes'),
]

/** The benchmark of a run, as data to go on with. */
export class BenchmarkResult {
  /** The benchmark as `metrics.json` has it. */
  readonly metrics: BenchmarkMetrics

  constructor(metrics: BenchmarkMetrics) {
    this.metrics = metrics
  }

  /** Queries per hour; `null` where a query failed. */
  get qph(): number | null {
    return this.metrics.qph
  }

  /**
   * One row per timed execution: `query`, `class`, `rows_returned`, `success`, `stream`, `iteration`, `engine_seconds`,
   * `fetch_seconds`; of a query server also `query_id`, `server_elapsed_seconds`, `cpu_seconds`, `queued_seconds`,
   * `planning_seconds`, `processed_rows`, `processed_bytes`, `physical_bytes`, `peak_memory_bytes`, null elsewhere. A query
   * without samples has one row with null times.
   */
  toArrow(): Table {
    const rows = this.metrics.queries.flatMap(query => {
      const samples: readonly (Sample | null)[] = query.samples.length > 0 ? query.samples : [null]
      return samples.map(sample => COLUMNS.map(c => c.value(query, sample)))
    })
    return rowsToArrow(COLUMNS, rows)
  }

  /** The same as `metrics`. */
  toJSON(): BenchmarkMetrics {
    return this.metrics
  }
}
