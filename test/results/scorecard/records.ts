import type { BenchmarkMetrics, QueryMetrics } from '../../../src/contracts/benchmark-metrics'
import {
  type CorpusRecord,
  type JobMetrics,
  METRICS_SCHEMA_VERSION,
  type RunMetrics,
  type Scores,
} from '../../../src/contracts/metrics'
import { NO_WINDOW_SCORES } from '../../../src/results/scorecard/score-table'

const GIB = 2 ** 30
const START = Date.UTC(2026, 0, 1, 12)
const at = (second: number) => new Date(START + second * 1000).toISOString()

/** A job that ran from second `from` for `seconds`. */
export function job(
  name: string,
  from: number,
  seconds: number,
  more: Partial<JobMetrics> = {},
): JobMetrics {
  return {
    job_name: name,
    job_type: 'batch',
    engine: 'duckdb',
    start_time: at(from),
    end_time: at(from + seconds),
    started_after_seconds: from,
    elapsed_seconds: seconds,
    engine_seconds: seconds,
    input_size_gb: null,
    output_size_gb: null,
    input_rows: null,
    output_rows: null,
    bytes_read: null,
    bytes_written: null,
    output_files: null,
    throughput_gb_per_second: null,
    throughput_rows_per_second: null,
    executor_count: 1,
    executor_cores: 2,
    executor_memory_gb: 2,
    requested: null,
    cpu_seconds_requested: null,
    cpu_seconds_used: null,
    memory_gb_requested: null,
    peak_memory_gb: null,
    strategy: null,
    strategy_reason: null,
    partitioning: null,
    output_fingerprint: null,
    corpus: null,
    raw_input: null,
    success: true,
    error_message: null,
    measurements: {},
    ...more,
  }
}

export function query(name: string, more: Partial<QueryMetrics> = {}): QueryMetrics {
  return {
    name,
    display_name: `${name} display`,
    class: 'scan',
    elapsed_seconds: 0.5,
    engine_seconds: 0.5,
    interval_seconds: null,
    deviation_seconds: null,
    outliers: 0,
    samples: [
      { engine_seconds: more.engine_seconds ?? 0.5, fetch_seconds: 0, stream: 0, iteration: 0 },
    ],
    rows_returned: 10,
    bytes_read: null,
    fingerprint: `print-of-${name}`,
    answer: null,
    success: true,
    error_message: null,
    ...more,
  }
}

export function benchmark(more: Partial<BenchmarkMetrics> = {}): BenchmarkMetrics {
  return {
    engine: 'duckdb',
    mode: 'power',
    cache: 'hot',
    cache_proof: null,
    valid: true,
    invalid_reasons: [],
    qph: 7200,
    qph_kind: 'power',
    qph_reason: null,
    qph_interval: null,
    power_qph: 7200,
    throughput_qph: null,
    composite_qph: null,
    geometric_mean_seconds: 0.5,
    class_qph: {},
    total_seconds: 1,
    throughput_seconds: null,
    too_short_to_rank: false,
    outliers: 0,
    iterations: 1,
    min_seconds: 0,
    warmup_runs: 1,
    streams: 1,
    stream_orders: [],
    seed: 42,
    queries_in_set: 2,
    queries: [query('Q1'), query('Q9')],
    ...more,
  }
}

export function corpus(more: Partial<CorpusRecord> = {}): CorpusRecord {
  return {
    kind: 'generated',
    generator_version: 1,
    seed: 42,
    scale: 0.5,
    rows: 100_000,
    files: 10,
    bytes: 5 * GIB,
    digest: 'abc',
    identity: 'def',
    prefix: 'bronze/customer/interactions/',
    changed_files: [],
    injected_dirt: null,
    parameters: {},
    ...more,
  }
}

/**
 * A run whose scores can be computed by hand: generation 100 s, verify 10 s from second 100, silver 60 s from 112, gold 8 s
 * from 172, queries 1 s; the stages read 1, 5 and 2 GiB on two threads.
 */
export function record(more: Partial<RunMetrics> = {}): RunMetrics {
  const jobs = [
    job('datagen', 0, 100, { job_type: 'datagen', bytes_written: 5 * GIB }),
    job('bronze-verify', 100, 10, {
      bytes_read: 1 * GIB,
      input_rows: 100_000,
      output_rows: 100_000,
      measurements: { dates: 366, skew: 1.2 },
    }),
    job('silver-build', 112, 60, {
      bytes_read: 5 * GIB,
      input_rows: 100_000,
      output_rows: 98_000,
      strategy: 'simple',
    }),
    job('gold-finalize', 172, 8, { bytes_read: 2 * GIB, input_rows: 98_000, output_rows: 366 }),
  ]
  const stages = [...jobs, job('benchmark', 180, 1)].map(j => ({
    stage_name: j.job_name,
    status: 'succeeded' as const,
    start_time: j.start_time,
    elapsed_seconds: j.elapsed_seconds,
    error_message: null,
  }))
  return {
    schema_version: METRICS_SCHEMA_VERSION,
    run_id: '20260101-120000-abcdef',
    name: 'my-run',
    mode: 'batch',
    status: 'succeeded',
    start_time: at(0),
    end_time: at(182),
    resumed: 0,
    total_elapsed_seconds: 182,
    orchestration_seconds: 3,
    success: true,
    verdict: 'PASSED',
    validity: [],
    error_message: null,
    environment: {},
    config_snapshot: {},
    corpus: corpus(),
    lineage: null,
    jobs,
    streaming: [],
    benchmark: benchmark(),
    benchmark_rounds: [],
    continuous: null,
    pipeline_benchmark: {
      scores: {
        ...(NO_WINDOW_SCORES as Scores),
        time_to_value_seconds: null,
        total_elapsed_seconds: null,
        datagen_seconds: null,
        total_data_processed_gb: null,
        pipeline_throughput_gb_per_second: null,
        total_core_hours: null,
        compute_efficiency_gb_per_core_hour: null,
        scale_ratio: null,
        composite_qph: null,
      },
      stages,
      qph_kind: 'power',
      marks: [],
    },
    warnings: [],
    ...more,
  }
}

/** The record with one job changed. */
export function withJob(
  name: string,
  change: Partial<JobMetrics>,
  base: RunMetrics = record(),
): RunMetrics {
  return { ...base, jobs: base.jobs.map(j => (j.job_name === name ? { ...j, ...change } : j)) }
}

/** The record without some jobs and their stages. */
export function withoutJobs(names: readonly string[], base: RunMetrics = record()): RunMetrics {
  const { stages, ...rest } = base.pipeline_benchmark
  return {
    ...base,
    jobs: base.jobs.filter(j => !names.includes(j.job_name)),
    pipeline_benchmark: { ...rest, stages: stages.filter(s => !names.includes(s.stage_name)) },
  }
}
