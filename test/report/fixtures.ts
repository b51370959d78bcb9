import type { QueryMetrics } from '../../src/contracts/benchmark-metrics'
import type { Verification } from '../../src/contracts/jobs'
import {
  type JobMetrics,
  METRICS_SCHEMA_VERSION,
  type RunMetrics,
  RunMetricsSchema,
  type Scores,
} from '../../src/contracts/metrics'
import type { RunPlan } from '../../src/contracts/plan'
import { judge } from '../../src/results/scorecard/judge'
import { NO_WINDOW_SCORES } from '../../src/results/scorecard/score-table'

const GIB = 2 ** 30
const START = Date.parse('2026-01-31T12:00:00.120Z')
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString()

function job(
  name: string,
  from: number,
  elapsed: number,
  rest: Partial<JobMetrics> = {},
): JobMetrics {
  return {
    job_name: name,
    job_type: 'batch',
    engine: 'duckdb',
    start_time: at(from),
    end_time: at(from + elapsed),
    started_after_seconds: from,
    elapsed_seconds: elapsed,
    engine_seconds: elapsed * 0.97,
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
    executor_memory_gb: 3,
    requested: { tier: 'minimal', executor_count: 2, executor_cores: 4, executor_memory_gb: 48 },
    cpu_seconds_requested: elapsed * 2,
    cpu_seconds_used: elapsed * 1.7,
    memory_gb_requested: 3,
    peak_memory_gb: 1.42,
    strategy: null,
    strategy_reason: null,
    partitioning: null,
    output_fingerprint: null,
    corpus: null,
    raw_input: null,
    success: true,
    error_message: null,
    measurements: {},
    ...rest,
  }
}

const QUERY_NAMES: readonly [string, string, string, number, number][] = [
  ['Q1', 'Full scan aggregation', 'scan', 0.0312, 5],
  ['Q2', 'Date range filter', 'filter_prune', 0.0094, 31],
  ['Q3', 'Segment aggregation', 'aggregation', 0.0271, 12],
  ['Q4', 'Predicate pushdown', 'filter_prune', 0.0143, 25],
  ['Q5', 'Seven-day revenue trend', 'analytics', 0.0049, 366],
  ['Q6', 'RFM scoring', 'analytics', 0.0812, 1000],
  ['Q7', 'Conversion funnel', 'aggregation', 0.0224, 5],
  ['Q9', 'Executive dashboard', 'operational', 0.0031, 30],
]

/** As a run saves it, with what follows from the rest. */
const judged = (run: unknown): RunMetrics => judge({ ...RunMetricsSchema.parse(run), validity: [] })

const queries = (): QueryMetrics[] =>
  QUERY_NAMES.map(([name, display_name, cls, seconds, rows], i) => ({
    name,
    display_name,
    class: cls,
    elapsed_seconds: seconds * 1.08,
    engine_seconds: seconds,
    interval_seconds: null,
    deviation_seconds: null,
    outliers: null,
    samples: [0.92, 1, 1.31].map((factor, iteration) => ({
      engine_seconds: seconds * factor,
      fetch_seconds: seconds * 0.08,
      stream: 0,
      iteration,
    })),
    rows_returned: rows,
    bytes_read: 1_200_000 * (i + 1),
    fingerprint: `${i}`.repeat(4) + 'c0ffee'.repeat(10),
    answer: null,
    success: true,
    error_message: null,
  }))

/** A whole run at scale 0.1 as the embedded preset leaves it. */
export function succeededRun(): RunMetrics {
  const total = queries().reduce((sum, q) => sum + q.engine_seconds!, 0)
  return judged({
    schema_version: METRICS_SCHEMA_VERSION,
    run_id: '20260131-120000-a1b2c3',
    name: 'nightly-embedded',
    mode: 'batch',
    status: 'succeeded',
    start_time: at(0),
    end_time: at(16.4),
    resumed: 0,
    total_elapsed_seconds: 16.4,
    orchestration_seconds: 0.21,
    success: true,
    verdict: 'PASSED',
    validity: [
      { rule: 'stages-succeeded', passed: true, detail: '5 of 5 stages succeeded.' },
      { rule: 'benchmark-valid', passed: true, detail: 'All 8 queries answered.' },
      { rule: 'scale-ratio', passed: true, detail: '1.002 lies within 0.95 and 1.05.' },
    ],
    error_message: null,
    environment: {
      lakebench: '0.1.0',
      node: 'v20.20.0',
      os: 'Linux 6.1 x64',
      cpu: { model: 'Example CPU @ 2.4 GHz', cores: 2 },
      memory_gb: 8,
      engine: { name: 'duckdb', version: 'v1.5.6' },
    },
    config_snapshot: {
      name: 'nightly-embedded',
      preset: 'embedded',
      architecture: { workload: { datagen: { scale: 0.1 } } },
    },
    lineage: null,
    corpus: {
      kind: 'generated',
      generator_version: 1,
      seed: 42,
      scale: 0.1,
      rows: 255_652,
      files: 2,
      bytes: Math.round(1.002 * GIB),
      digest: '9f'.repeat(32),
      identity: '1d'.repeat(16),
      prefix: 'bronze/customer/interactions/',
      changed_files: [],
      injected_dirt: {
        email_missing_at: 3410,
        email_double_at: 3391,
        phone_truncated: 5110,
        city_misspelled: 13_004,
      },
      parameters: { dirty_data_ratio: 0.08, zipf_exponent: 1.5 },
    },
    tables: {
      silver: {
        snapshot_id: '4242',
        rows_snapshot_id: '4242',
        run_id: '20260101-120000-abcdef',
        corpus: '9f'.repeat(32),
        source_snapshot_id: null,
        faults: [],
        files: 12,
        rows: 255_652,
        bytes: Math.round(0.611 * GIB),
        partitioned_by: 'month(interaction_date)',
        partitions: 12,
        smallest_file_bytes: 50_000_000,
        median_file_bytes: 54_000_000,
        largest_file_bytes: 61_000_000,
      },
    },
    pruning: [
      {
        query: 'Q2',
        table: 'silver',
        files: 12,
        files_needed: 3,
        bytes: 656_000_000,
        bytes_needed: 164_000_000,
      },
    ],
    jobs: [
      job('datagen', 0.1, 5.9, {
        job_type: 'datagen',
        engine: 'lakebench',
        output_rows: 255_652,
        output_size_gb: 1.002,
        bytes_written: Math.round(1.002 * GIB),
        output_files: 2,
        requested: null,
        executor_count: null,
        executor_cores: null,
        executor_memory_gb: null,
      }),
      job('bronze-verify', 6.05, 0.9, {
        input_rows: 255_652,
        input_size_gb: 1.002,
        bytes_read: 68_000_000,
        throughput_gb_per_second: 1.15,
        throughput_rows_per_second: 292_000,
        measurements: { format_findings: { email_missing_at: 3410 } },
      }),
      job('silver-build', 7, 8.3, {
        input_rows: 255_652,
        output_rows: 255_652,
        input_size_gb: 1.002,
        output_size_gb: 0.611,
        bytes_read: Math.round(1.01 * GIB),
        bytes_written: Math.round(0.612 * GIB),
        output_files: 12,
        throughput_gb_per_second: 0.124,
        throughput_rows_per_second: 31_754,
        strategy: 'simple',
        strategy_reason:
          '1.00 GiB of bronze is below 100 GiB and the skew of 1.1 is not above 100.',
        partitioning:
          'month: 12 months give files of 52 MiB; days would give 1.7 MiB, below a quarter of 128 MiB.',
        output_fingerprint: 'ab'.repeat(32),
      }),
      job('gold-finalize', 15.4, 0.31, {
        input_rows: 255_652,
        output_rows: 366,
        input_size_gb: 0.611,
        output_size_gb: 0.0001,
        bytes_read: 12_400_000,
        bytes_written: 110_000,
        output_files: 12,
        throughput_gb_per_second: 2.03,
        throughput_rows_per_second: 850_000,
      }),
    ],
    streaming: [],
    benchmark: {
      engine: 'duckdb',
      mode: 'power',
      cache: 'hot',
      cache_proof: null,
      valid: true,
      invalid_reasons: [],
      qph: (8 / total) * 3600,
      qph_kind: 'power',
      qph_reason: null,
      qph_interval: null,
      power_qph: (8 / total) * 3600,
      throughput_qph: null,
      composite_qph: null,
      geometric_mean_seconds: 0.0158,
      throughput_seconds: null,
      class_qph: {
        scan: 115_384.6,
        filter_prune: 303_797.4,
        aggregation: 145_454.5,
        analytics: 83_623.6,
        operational: 1_161_290.3,
      },
      total_seconds: total,
      too_short_to_rank: true,
      outliers: 0,
      iterations: 3,
      min_seconds: 0,
      warmup_runs: 1,
      streams: 1,
      stream_orders: [],
      seed: 42,
      queries_in_set: 8,
      queries: queries(),
    },
    benchmark_rounds: [],
    continuous: null,
    pipeline_benchmark: {
      scores: {
        ...(NO_WINDOW_SCORES as Scores),
        time_to_value_seconds: 9.66,
        total_elapsed_seconds: 16.1,
        datagen_seconds: 5.9,
        total_data_processed_gb: 2.615,
        pipeline_throughput_gb_per_second: 0.2707,
        total_core_hours: 0.0053,
        compute_efficiency_gb_per_core_hour: 493.4,
        scale_ratio: 1.002,
        composite_qph: (8 / total) * 3600,
      },
      stages: [
        {
          stage_name: 'datagen',
          status: 'succeeded',
          start_time: at(0.1),
          elapsed_seconds: 5.9,
          error_message: null,
        },
        {
          stage_name: 'bronze-verify',
          status: 'succeeded',
          start_time: at(6.05),
          elapsed_seconds: 0.9,
          error_message: null,
        },
        {
          stage_name: 'silver-build',
          status: 'succeeded',
          start_time: at(7),
          elapsed_seconds: 8.3,
          error_message: null,
        },
        {
          stage_name: 'gold-finalize',
          status: 'succeeded',
          start_time: at(15.4),
          elapsed_seconds: 0.31,
          error_message: null,
        },
        {
          stage_name: 'benchmark',
          status: 'succeeded',
          start_time: at(15.75),
          elapsed_seconds: 0.6,
          error_message: null,
        },
      ],
      qph_kind: 'power',
      marks: [],
    },
    warnings: ['benchmark_interval 60 is below gold_refresh_interval 300 and was raised to it.'],
  })
}

/** Stopped by a schema break in its first stage: nearly every number is null. */
export function failedRun(): RunMetrics {
  const run = succeededRun()
  const error = `the raw data does not pass:
  bronze/customer/interactions/part-000001.parquet: column email_raw is missing
  bronze/customer/interactions/part-000002.parquet: is no Parquet file`
  const none = {
    start_time: null,
    elapsed_seconds: 0,
    error_message: 'not run: bronze-verify failed',
  }
  return judged({
    ...run,
    status: 'failed',
    success: false,
    verdict: 'FAILED',
    total_elapsed_seconds: 0.4,
    orchestration_seconds: 0.1,
    validity: [{ rule: 'stages-succeeded', passed: false, detail: 'bronze-verify failed.' }],
    error_message: `bronze-verify: ${error}`,
    corpus: {
      ...run.corpus!,
      kind: 'foreign',
      generator_version: null,
      seed: null,
      scale: null,
      rows: null,
      identity: null,
      changed_files: null,
      injected_dirt: null,
    },
    jobs: [
      job('bronze-verify', 0.1, 0.3, {
        engine_seconds: null,
        cpu_seconds_used: null,
        peak_memory_gb: null,
        success: false,
        error_message: error,
      }),
    ],
    benchmark: null,
    pipeline_benchmark: {
      qph_kind: null,
      marks: [],
      scores: Object.fromEntries(
        Object.keys(run.pipeline_benchmark.scores).map(key => [key, null]),
      ),
      stages: [
        {
          stage_name: 'bronze-verify',
          status: 'failed',
          start_time: at(0.1),
          elapsed_seconds: 0.3,
          error_message: 'the raw data does not pass:',
        },
        { stage_name: 'silver-build', status: 'skipped', ...none },
        { stage_name: 'gold-finalize', status: 'skipped', ...none },
        { stage_name: 'benchmark', status: 'skipped', ...none },
      ],
    },
    warnings: [],
  })
}

/** Everything went well until two queries failed: no score. */
export function invalidBenchmarkRun(): RunMetrics {
  const run = succeededRun()
  const failed = new Set(['Q6', 'Q9'])
  return judged({
    ...run,
    status: 'failed',
    success: false,
    verdict: 'FAILED',
    error_message:
      'benchmark: the benchmark is invalid: Q6: Out of Memory Error: failed to allocate 1.2 GiB',
    benchmark: {
      ...run.benchmark!,
      valid: false,
      qph: null,
      power_qph: null,
      invalid_reasons: [
        'Q6: Out of Memory Error: failed to allocate 1.2 GiB',
        'Q9: its answer differed between executions',
      ],
      class_qph: { ...run.benchmark!.class_qph, analytics: null, operational: null },
      queries: run.benchmark!.queries.map(q =>
        failed.has(q.name)
          ? {
              ...q,
              success: false,
              elapsed_seconds: null,
              engine_seconds: null,
              samples: [],
              fingerprint: null,
              error_message: 'Out of Memory Error: failed to allocate 1.2 GiB',
            }
          : q,
      ),
    },
    pipeline_benchmark: {
      qph_kind: null,
      marks: [],
      scores: { ...run.pipeline_benchmark.scores, composite_qph: null },
      stages: run.pipeline_benchmark.stages.map(s =>
        s.stage_name === 'benchmark'
          ? { ...s, status: 'failed', error_message: 'the benchmark is invalid' }
          : s,
      ),
    },
  })
}

/** Interrupted while silver was being written. */
export function abortedRun(): RunMetrics {
  const run = succeededRun()
  return judged({
    ...run,
    status: 'aborted',
    success: false,
    verdict: 'INTERRUPTED',
    total_elapsed_seconds: 11.2,
    validity: [{ rule: 'stages-succeeded', passed: false, detail: 'silver-build was aborted.' }],
    jobs: run.jobs.slice(0, 2),
    benchmark: null,
    pipeline_benchmark: {
      qph_kind: null,
      marks: [],
      scores: {
        ...run.pipeline_benchmark.scores,
        time_to_value_seconds: null,
        composite_qph: null,
      },
      stages: run.pipeline_benchmark.stages.map((s, i) =>
        i < 2
          ? s
          : i === 2
            ? {
                ...s,
                status: 'aborted',
                elapsed_seconds: 4.1,
                error_message: 'This operation was aborted',
              }
            : {
                ...s,
                status: 'skipped',
                start_time: null,
                elapsed_seconds: 0,
                error_message: 'not run: silver-build aborted',
              },
      ),
    },
  })
}

export function verification(): Verification {
  return {
    passed: true,
    files_checked: 2,
    rows: 255_652,
    bytes: Math.round(1.002 * GIB),
    breaks: [],
    gate_failures: [],
    extra_columns: [],
    empty_files: [],
    other_files: [],
    null_counts: {
      id: 0,
      event_id: 0,
      customer_id: 0,
      product_id: 81_808,
      device_type: 102_260,
      browser: 102_260,
      support_ticket_id: 224_973,
      campaign_id: 153_391,
      loyalty_tier: 102_004,
      interaction_payload: null,
    },
    unfit_values: [],
    null_violations: {},
    nan_counts: { cart_value: 81_808 },
    infinite_counts: {},
    negative_counts: { transaction_amount: 0 },
    format_findings: {
      email_missing_at: 3410,
      email_double_at: 3391,
      phone_truncated: 5098,
      city_misspelled: 13_004,
      timestamp_missing: 0,
    },
    duplicate_event_ids: 0,
    duplicate_markers: 25_565,
    quality_flags: {
      clean: 235_199,
      duplicate_suspected: 5113,
      incomplete_data: 7670,
      format_inconsistent: 7670,
    },
    timestamp: { min: '2024-01-01T00:00:03', max: '2024-12-31T23:59:58', outside_window: 0 },
    injected_dirt: {
      email_missing_at: 3410,
      email_double_at: 3391,
      phone_truncated: 5110,
      city_misspelled: 13_004,
    },
  }
}

export function brokenVerification(): Verification {
  return {
    ...verification(),
    passed: false,
    breaks: [
      {
        file: 'bronze/customer/interactions/part-000001.parquet',
        column: 'email_raw',
        problem: 'missing-column',
        message: 'column email_raw is missing',
      },
      {
        file: 'bronze/customer/interactions/part-000002.parquet',
        column: null,
        problem: 'unreadable',
        message: 'is no Parquet file',
      },
    ],
    gate_failures: [{ gate: 'max_duplicate_ratio', limit: 0.01, actual: 0.034 }],
    null_violations: { product_id: 81_808 },
    injected_dirt: null,
  }
}

export function plan(): RunPlan {
  const shape = { cores: 4, memory: 48 * GIB, memory_overhead: 12 * GIB, scratch: 150 * GIB }
  const sized = (
    job_name: 'bronze-verify' | 'silver-build' | 'gold-finalize',
    cores: number,
    memory: number,
  ) => ({
    job_name,
    tier: 'minimal' as const,
    requested_executors: 2,
    executors: 2,
    shape: { ...shape, cores, memory: memory * GIB },
    reasons: [`scale 0.1 is in the tier minimal, which asks for 2 executors`],
  })
  return {
    scale: 0.1,
    tier: 'minimal',
    capacity: {
      kind: 'machine',
      cores: 2,
      memory: 8 * GIB,
      largest_node: { cores: 2, memory: 8 * GIB },
    },
    jobs: [
      sized('bronze-verify', 2, 4),
      sized('silver-build', 4, 48),
      sized('gold-finalize', 4, 32),
    ],
    embedded: {
      threads: 2,
      memory: 3 * GIB,
      reasons: ['The embedded engine runs in this process: 2 threads, 3 GiB of memory.'],
    },
    local_spark: null,
    max_result_size: 4 * GIB,
    timeout_seconds: 3600,
    warnings: [],
  }
}

/** A run of which nothing is known but that it failed. */
export function emptyRun(): RunMetrics {
  const run = succeededRun()
  const scores = Object.fromEntries(
    Object.keys(run.pipeline_benchmark.scores).map(key => [key, null]),
  )
  return judged({
    ...run,
    verdict: 'FAILED',
    status: 'failed',
    total_elapsed_seconds: 0,
    corpus: null,
    jobs: [],
    benchmark: null,
    validity: [],
    warnings: [],
    environment: {},
    config_snapshot: {},
    pipeline_benchmark: { scores, stages: [], qph_kind: null, marks: [] },
  })
}
