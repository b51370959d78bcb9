import type { BenchmarkRound } from '../../src/contracts/benchmark-metrics'
import type {
  ContinuousMetrics,
  Landing,
  StreamMetrics,
} from '../../src/contracts/continuous-metrics'
import type { WindowInput } from '../../src/results/scorecard/window-facts'

export function stream(
  job_name: string,
  batches: StreamMetrics['batches'],
  trigger = 10,
): StreamMetrics {
  return {
    job_name,
    job_type: 'streaming',
    engine: 'duckdb',
    trigger_interval_seconds: trigger,
    elapsed_seconds: 100,
    total_batches: batches.length,
    empty_triggers: 0,
    total_rows_processed: batches.reduce((sum, b) => sum + b.input_rows, 0),
    unique_rows_processed: null,
    throughput_rps: null,
    micro_batch_duration_ms: null,
    micro_batch_p95_ms: null,
    micro_batch_max_ms: null,
    batch_size: null,
    busy: null,
    freshness_seconds: null,
    retries: 0,
    compactions: { count: 0, files_before: 0, files_after: 0 },
    expired_files: 0,
    output_fingerprint: null,
    success: true,
    error_message: null,
    batches,
  }
}

export const batch = (
  at: number,
  rows: number,
  through: number | null = at - 5,
  seconds = 2,
): StreamMetrics['batches'][number] => ({
  batch: at,
  at,
  seconds,
  input_rows: rows,
  output_rows: rows,
  bytes: rows,
  files: 1,
  snapshot_id: String(at),
  source_batch: at,
  through,
})

export const round = (n: number, qph: number | null, freshness: number | null): BenchmarkRound => ({
  round: n,
  at: n * 20,
  elapsed_seconds: 3,
  valid: qph !== null,
  invalid_reasons: qph === null ? ['Q9: gone'] : [],
  qph,
  total_seconds: qph === null ? 0 : 3600 / qph,
  gold_freshness_seconds: freshness,
  gold_staleness_seconds: null,
  q9_contention_observed: qph === null,
  q9_retry_used: false,
  q9_retries: 0,
  queries_in_set: 0,
  metadata_flush: 'none',
  queries: [
    {
      name: 'Q9',
      class: 'operational',
      engine_seconds: qph === null ? null : 3600 / qph,
      rows_returned: 1,
      success: qph !== null,
      error_message: qph === null ? 'gone' : null,
    },
  ],
})

/** A file that the run made. */
export const landing = (at: number, rows: number, bronze_batch: number | null = null): Landing => ({
  at,
  noted: 'made',
  files: 1,
  rows,
  bronze_batch,
  left_out_at: null,
  store_at: at,
})

/** Eight files of 1,000 rows, a smaller one that the last batch of the window takes, and one that comes too late for it. */
const LANDINGS = [
  ...[10, 20].map(at => landing(at, 1000, 20)),
  ...[30, 40].map(at => landing(at, 1000, 40)),
  ...[50, 60, 70, 80].map(at => landing(at, 1000, 90)),
  landing(85, 500, 90),
  landing(95, 1500, 105),
]

/** The same files, of which one batch took those up to a moment. */
export const landingsTakenBy = (at: number): Landing[] =>
  LANDINGS.map(l => ({ ...l, bronze_batch: l.at <= at ? at : null }))

/** Of the whole, at one moment. */
export const sample = (at: number, backlog: number): ContinuousMetrics['samples'][number] => ({
  at,
  bronze_backlog_rows: backlog,
  silver_backlog_rows: 0,
  staleness_seconds: null,
  unseen_seconds: null,
  memory_bytes: null,
})

export function window(more: Partial<ContinuousMetrics> = {}): ContinuousMetrics {
  return {
    profile: 'short',
    started_at: '2026-01-01T00:00:00.000Z',
    planned_seconds: 100,
    window_seconds: 100,
    earlier_window_seconds: 0,
    drain_seconds: 1,
    drained: true,
    ended_by: 'duration',
    resumed: 0,
    data_clock: '2025-01-01',
    silver_partitioning: 'none',
    producer: {
      offered_rows_per_second: 100,
      planned_rows: 10_000,
      rows_per_file: 1000,
      produced_rows: 10_000,
      produced_files: 10,
      produced_bytes: 1,
    },
    landings: LANDINGS,
    rounds: { warmup_seconds: 10, interval_seconds: 10, guard_seconds: 5, ended: null },
    clocks: { wall_drift_seconds: 0, largest_wall_drift_seconds: 0, store_offset_seconds: 0 },
    quarantined: [],
    samples: [],
    ...more,
  }
}

/** Three streams over 100 s, with three rounds of which the second is invalid. */
export const windowInput = (more: Partial<WindowInput> = {}): WindowInput => ({
  streaming: [
    stream(
      'bronze-ingest',
      [batch(20, 2000), batch(40, 2000), batch(90, 4500), batch(105, 1500)],
      5,
    ),
    stream('silver-stream', [batch(50, 4000), batch(95, 4500)], 5),
    stream('gold-refresh', [batch(60, 4000, 30), batch(99, 8000, 80)]),
  ],
  benchmark_rounds: [round(1, 1000, 30), round(2, null, null), round(3, 3000, 20)],
  continuous: window(),
  ...more,
})
