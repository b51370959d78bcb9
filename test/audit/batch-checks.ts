import { createHash } from 'node:crypto'
import type { JobMetrics, RunMetrics } from '../../src/contracts/metrics'
import { Audit, leavesOf } from './audit'
import type { Json, TableFacts } from './batch-facts'
import { checkBenchmark } from './benchmark-checks'
import { GIB, secondsOf, sumOf } from './numbers'
import { EXECUTORS, SHAPES } from './plan-checks'
import type { RawFacts } from './raw-facts'
import { checkRecord, dirtOf } from './record-checks'
import type { StageWatch } from './watch'

/** The documents of a run that are audited. */
export interface Documents {
  readonly metrics: RunMetrics
  readonly verification: Json | null
  readonly plan: Json
}

export interface BatchFacts extends TableFacts {
  readonly watch: StageWatch
  /** Bytes of the files beside the data files, by table. */
  readonly metadata_bytes: { readonly silver: number; readonly gold: number }
}

const BATCH = ['bronze-verify', 'silver-build', 'gold-finalize']
/** What the process may write of its own log while a stage runs. */
const LOG_BYTES = 2 ** 18

/** Compares every number of a batch run's documents with what the files say. Pure: the facts are gathered before. */
export function auditBatch(documents: Documents, facts: BatchFacts): Audit {
  const { metrics, verification, plan } = documents
  const audit = new Audit(leavesOf({ ...metrics, verification, plan }))
  checkRecord(audit, metrics, facts)
  checkVerification(audit, facts)
  for (const job of metrics.jobs) {
    checkJob(audit, job, facts)
    // The same moment on two clocks.
    const started = secondsOf(job.start_time) - secondsOf(metrics.start_time)
    audit.near(`jobs[${job.job_name}].started_after_seconds`, started, 0.1)
  }
  checkDatagen(audit, facts)
  checkVerify(audit, facts)
  checkSilver(audit, facts)
  checkGold(audit, facts)
  checkBenchmark(audit, metrics.benchmark!, facts)
  checkScores(audit, metrics, facts)
  return audit
}

function checkVerification(audit: Audit, { raw, raw_sizes }: TableFacts): void {
  const at = (name: string) => `verification.${name}`
  audit.same(at('files_checked'), raw_sizes.length)
  audit.same(at('rows'), raw.rows)
  audit.same(at('bytes'), sumOf(raw_sizes))
  audit.sameAll(at('null_counts'), raw.nulls)
  audit.sameAll(at('null_violations'), {})
  audit.sameAll(at('nan_counts'), raw.nan)
  audit.sameAll(at('infinite_counts'), raw.infinite)
  audit.sameAll(at('negative_counts'), raw.negative)
  audit.sameAll(at('format_findings'), raw.findings)
  audit.sameAll(at('quality_flags'), raw.flags)
  audit.same(at('duplicate_event_ids'), raw.duplicates)
  audit.same(at('duplicate_markers'), raw.findings.email_duplicate_marker!)
  audit.sameAll(at('timestamp'), { min: raw.first, max: raw.last, outside_window: raw.outside })
  for (const path of audit.below(at('injected_dirt')))
    audit.same(path, dirtOf(raw, path.split('.').at(-1)!))
  for (const list of ['breaks', 'gate_failures', 'extra_columns', 'empty_files'])
    audit.claim(`there are no ${list}`, audit.below(at(list)).length === 0)
}

function checkJob(audit: Audit, job: JobMetrics, { watch, machine, events }: BatchFacts): void {
  const name = job.job_name
  const at = (field: string) => `jobs[${name}].${field}`
  const outer = watch.between(name)
  const end = events.find(e => e.event === 'stage:end' && e.stage === name)
  audit.same(at('elapsed_seconds'), Number(end?.duration_ms) / 1000)
  audit.between(at('elapsed_seconds'), 0, outer.seconds, 'between its events')
  audit.between(at('engine_seconds'), 0, job.elapsed_seconds, 'elapsed_seconds')
  audit.between(
    at('cpu_seconds_used'),
    0,
    Math.min(outer.cpu_seconds, machine.cores * outer.seconds),
    'CPU of the process',
  )
  if (name !== 'datagen')
    audit.between(at('peak_memory_gb'), 2 ** -7, machine.memory / GIB, 'memory of the machine')
  const generation = name === 'datagen'
  const seconds = audit.number(at('engine_seconds'))
  // Of what was read, or made; never of what was listed.
  const bytes = audit.at(at(generation ? 'bytes_written' : 'bytes_read'))
  const rows = audit.at(at(generation ? 'output_rows' : 'input_rows'))
  audit.same(
    at('throughput_gb_per_second'),
    typeof bytes === 'number' ? bytes / GIB / seconds : null,
  )
  audit.same(at('throughput_rows_per_second'), typeof rows === 'number' ? rows / seconds : null)
  if (generation) return
  const [cores, memory] = SHAPES[name]!
  audit.same(at('requested.executor_count'), EXECUTORS)
  audit.same(at('requested.executor_cores'), cores)
  audit.same(at('requested.executor_memory_gb'), memory)
  audit.same(at('executor_count'), 1)
  audit.same(at('executor_cores'), audit.at('plan.embedded.threads'))
  audit.same(at('executor_memory_gb'), audit.number('plan.embedded.memory') / GIB)
  audit.same(at('memory_gb_requested'), audit.number('plan.embedded.memory') / GIB)
  audit.same(
    at('cpu_seconds_requested'),
    audit.number('plan.embedded.threads') * job.elapsed_seconds,
  )
  audit.between(at('bytes_read'), 0, outer.bytes_read, 'what the process read meanwhile')
}

function checkDatagen(audit: Audit, { raw, raw_sizes }: TableFacts): void {
  const at = (field: string) => `jobs[datagen].${field}`
  audit.same(at('input_rows'), null)
  audit.same(at('output_rows'), raw.rows)
  audit.same(at('output_files'), raw_sizes.length)
  audit.same(at('bytes_written'), sumOf(raw_sizes))
  audit.same(at('output_size_gb'), sumOf(raw_sizes) / GIB)
  audit.same(at('measurements.reused_files'), 0)
  audit.same(at('measurements.generated_files'), raw_sizes.length)
  audit.same(at('measurements.workers'), 1)
}

function checkVerify(audit: Audit, { raw, raw_sizes }: TableFacts): void {
  const at = (field: string) => `jobs[bronze-verify].${field}`
  const bytes = sumOf(raw_sizes)
  audit.same(at('input_rows'), raw.rows)
  checkRawInput(audit, 'bronze-verify', raw, raw_sizes)
  audit.same(at('input_size_gb'), bytes / GIB)
  audit.same(at('output_rows'), null)
  audit.same(at('output_size_gb'), null)
  audit.same(at('output_files'), null)
  audit.same(at('bytes_written'), null)
  // The payload is 94 % of the bytes and not looked into.
  audit.between(at('bytes_read'), 1, bytes / 4, 'a quarter of the raw bytes')
  audit.sameAll(at('measurements'), {
    files_checked: raw_sizes.length,
    duplicate_event_ids: raw.duplicates,
    format_findings: raw.findings,
    quality_flags: raw.flags,
    skew: raw.skew,
    dates: raw.dates,
  })
}

/** All raw files, by their keys and sizes. */
function checkRawInput(
  audit: Audit,
  job: string,
  raw: RawFacts,
  raw_sizes: readonly number[],
): void {
  const key = (i: number) =>
    `bronze/customer/interactions/part-${String(i).padStart(6, '0')}.parquet`
  const digest = createHash('sha256').update(
    raw_sizes.map((bytes, i) => `${key(i)}\n${bytes}\n`).join(''),
  )
  audit.sameAll(`jobs[${job}].raw_input`, {
    digest: digest.digest('hex').slice(0, 32),
    files: raw_sizes.length,
    rows: raw.rows,
  })
}

function checkSilver(audit: Audit, facts: BatchFacts): void {
  const { raw, raw_sizes, silver, silver_table, digests, metadata_bytes } = facts
  const at = (field: string) => `jobs[silver-build].${field}`
  const input = sumOf(raw_sizes)
  const output = sumOf(silver_table.current.files.map(file => file.bytes))
  audit.same(at('input_rows'), raw.rows)
  checkRawInput(audit, 'silver-build', raw, raw_sizes)
  audit.same(at('input_size_gb'), input / GIB)
  audit.same(at('output_rows'), silver.rows)
  audit.same(at('output_size_gb'), output / GIB)
  audit.same(at('output_files'), silver_table.current.files.length)
  audit.same(at('output_fingerprint'), digests.silver)
  audit.between(at('bytes_read'), input, 1.2 * input + 2 ** 22, 'raw bytes, which it reads once')
  audit.between(
    at('bytes_written'),
    output,
    output + metadata_bytes.silver + LOG_BYTES,
    'files of the table',
  )
  audit.same(at('measurements.strategy.inputs.bytes'), input)
  audit.same(at('measurements.strategy.inputs.skew'), raw.skew)
  audit.same(at('measurements.strategy.thresholds.streaming'), 100 * GIB)
  audit.same(at('measurements.strategy.thresholds.chunked'), 5 * 1024 * GIB)
  audit.same(at('measurements.strategy.thresholds.skew'), 100)
  audit.same(
    at('measurements.partitions'),
    new Set(silver_table.current.files.map(file => file.partition)).size,
  )
  audit.same(at('measurements.snapshot_id'), silver_table.current.id)
  audit.same(at('measurements.data_clock'), dayAfter(raw.last))
}

function checkGold(audit: Audit, facts: BatchFacts): void {
  const { silver, gold, silver_table, gold_table, digests, metadata_bytes } = facts
  const at = (field: string) => `jobs[gold-finalize].${field}`
  const input = sumOf(silver_table.current.files.map(file => file.bytes))
  const output = sumOf(gold_table.current.files.map(file => file.bytes))
  audit.same(at('input_rows'), silver.rows)
  audit.same(at('input_size_gb'), input / GIB)
  audit.same(at('output_rows'), gold.rows)
  audit.same(at('output_size_gb'), output / GIB)
  audit.same(at('output_files'), gold_table.current.files.length)
  audit.same(at('output_fingerprint'), digests.gold)
  audit.between(at('bytes_read'), 1, input / 2, 'half of silver, since it reads no payload')
  audit.between(
    at('bytes_written'),
    output,
    output + metadata_bytes.gold + LOG_BYTES,
    'files of the table',
  )
  audit.same(at('measurements.snapshot_id'), gold_table.current.id)
}

const dayAfter = (time: string): string => {
  const day = new Date(`${time.slice(0, 10)}T00:00:00Z`)
  day.setUTCDate(day.getUTCDate() + 1)
  return day.toISOString().slice(0, 10)
}

function checkScores(audit: Audit, metrics: RunMetrics, { watch, raw_sizes }: BatchFacts): void {
  const batch = metrics.jobs.filter(job => BATCH.includes(job.job_name))
  const score = (name: string, value: number | null, decimals: number) =>
    audit.rounded(`pipeline_benchmark.scores.${name}`, value, decimals)
  const data = sumOf(batch.map(job => job.bytes_read!)) / GIB
  const hours =
    sumOf(batch.map(job => job.executor_count! * job.executor_cores! * job.elapsed_seconds)) / 3600
  const [verify, , gold] = batch
  const value =
    gold!.started_after_seconds! + gold!.elapsed_seconds - verify!.started_after_seconds!
  score('time_to_value_seconds', value, 2)
  const outer = watch.between('bronze-verify', 'gold-finalize').seconds
  const stages = sumOf(batch.map(job => job.elapsed_seconds))
  audit.claim(
    'time to value is that of its stages',
    value >= stages - 0.002 && value <= outer + 0.002,
    [stages, value, outer],
  )
  score('datagen_seconds', audit.number('jobs[datagen].elapsed_seconds'), 2)
  score('total_data_processed_gb', data, 3)
  score('pipeline_throughput_gb_per_second', data / value, 4)
  score('total_core_hours', hours, 2)
  score('compute_efficiency_gb_per_core_hour', data / hours, 4)
  score('scale_ratio', sumOf(raw_sizes) / (10 * GIB * audit.number('corpus.scale')), 3)
  audit.same('corpus.scale', audit.at('config_snapshot.architecture.workload.datagen.scale'))
  score('composite_qph', metrics.benchmark!.qph, 1)
}
