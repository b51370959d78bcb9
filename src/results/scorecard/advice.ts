import {
  DRIVER_MEMORY_FOR_MANY,
  EXECUTORS_BEFORE_MORE_DRIVER_MEMORY,
  LEAST_FILE_SHARE,
  MOST_EXECUTORS,
  SILVER_TARGET_FILE_SIZE,
} from '../../contracts/limits'
import type { JobMetrics, QueryMetrics, RunMetrics } from '../../contracts/metrics'
import type { RunPlan } from '../../contracts/plan'
import { median, medianAbsoluteDeviation } from '../statistics/moments'
import { CONTINUOUS_ADVICE } from './continuous-advice'

/** Something worth changing, with what in the record says so. */
export interface Advice {
  /** Name of the rule. */
  readonly rule: string
  /** The remedy. */
  readonly action: string
  /** The numbers that fired the rule, one sentence. */
  readonly evidence: string
  /** Seconds of the run that are at stake; `null` where that cannot be said. */
  readonly seconds: number | null
}

export interface AdviceRule {
  readonly rule: string
  /** `null` where there is nothing to say. */
  check(metrics: RunMetrics, plan: RunPlan | null): Omit<Advice, 'rule'> | null
}

const MIB = 2 ** 20
const GIB = 2 ** 30
const BATCH = ['bronze-verify', 'silver-build', 'gold-finalize']

/** From this share of the pipeline's time on, one stage is the bottleneck. Source: the reference's report. */
const DOMINANT_SHARE = 0.6
/** Two longest stages closer than this are in balance. Source: the reference's report. */
const BALANCED_WITHIN = 0.1
/** Share of the cores that a job held: above it computes, below it waits. */
const BUSY_SHARE = 0.8
const WAITING_SHARE = 0.5
/** Shorter jobs are start-up and clock steps. */
const LEAST_SECONDS = 1
const SMALL_FILE_BYTES = SILVER_TARGET_FILE_SIZE * LEAST_FILE_SHARE
const FEW_FILES = 16
const MEMORY_SHARE = 0.9
const QUERY_SHARE = 0.5
/** Median distance of a query's samples from their median, as a share of it. */
const NOISY = 0.2
const SKEW = 10

/** Every rule, in no order: what is said is sorted by what is at stake. */
export const ADVICE_RULES: readonly AdviceRule[] = [
  ...CONTINUOUS_ADVICE,
  {
    rule: 'bottleneck-stage',
    check: metrics => {
      const jobs = batchJobs(metrics).sort((x, y) => y.elapsed_seconds - x.elapsed_seconds)
      const total = jobs.reduce((sum, job) => sum + job.elapsed_seconds, 0)
      const [first, second] = jobs
      if (!first || !second || total < LEAST_SECONDS) return null
      const [share, next] = [first.elapsed_seconds / total, second.elapsed_seconds / total]
      if (share < DOMINANT_SHARE || share - next < BALANCED_WITHIN) return null
      return {
        action: `Start with ${first.job_name}: ${remedyFor(first)}`,
        evidence: `${first.job_name} takes ${percent(share)} of the pipeline's time, ${second.job_name} ${percent(next)}; ${busyText(first)}.`,
        seconds: first.elapsed_seconds - second.elapsed_seconds,
      }
    },
  },
  {
    rule: 'cores-wait',
    check: metrics => {
      const waiting = batchJobs(metrics).filter(
        job => job.elapsed_seconds >= LEAST_SECONDS && (busyShare(job) ?? 1) < WAITING_SHARE,
      )
      if (waiting.length === 0) return null
      return {
        action:
          'More cores will not help these jobs. First see that nothing else ran on this machine, then look at storage and network.',
        evidence: `${waiting.map(job => `${job.job_name}: ${busyText(job)}`).join('; ')}.`,
        seconds: waiting.reduce((sum, job) => sum + job.elapsed_seconds * (1 - busyShare(job)!), 0),
      }
    },
  },
  {
    rule: 'small-files',
    check: ({ jobs }) => {
      const silver = jobs.find(job => job.job_name === 'silver-build' && job.success)
      if (
        !silver?.output_files ||
        silver.output_size_gb === null ||
        silver.output_files < FEW_FILES
      )
        return null
      const mean = (silver.output_size_gb * GIB) / silver.output_files
      if (mean >= SMALL_FILE_BYTES) return null
      return {
        action:
          'Partition silver more coarsely (architecture.pipeline.silver_partitioning: month or none): queries open fewer files.',
        evidence: `silver has ${silver.output_files} files of ${mib(mean)} on average; ${mib(SMALL_FILE_BYTES)} is the least that pays.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'skewed-dates',
    check: ({ jobs }) => {
      const skew = jobs.find(job => job.job_name === 'bronze-verify')?.measurements.skew
      const silver = jobs.find(job => job.job_name === 'silver-build')
      if (
        typeof skew !== 'number' ||
        skew < SKEW ||
        !silver?.strategy ||
        silver.strategy === 'salted'
      )
        return null
      return {
        action:
          'Try architecture.pipeline.silver_strategy: salted, which splits hot dates over several tasks.',
        evidence: `the hottest date has ${skew.toPrecision(3)} times the rows of the mean date; silver was built by the strategy ${silver.strategy}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'memory-near-limit',
    check: metrics => {
      const near = batchJobs(metrics).filter(job => (memoryShare(job) ?? 0) >= MEMORY_SHARE)
      if (near.length === 0) return null
      return {
        action:
          'Give these jobs more memory, or fewer cores to share it: the next larger scale will spill or fail.',
        evidence: `${near.map(job => `${job.job_name} peaked at ${percent(memoryShare(job)!)} of what it was given`).join('; ')}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'driver-memory',
    check: (metrics, plan) => {
      const most = mostExecutors(metrics, plan)
      const driver = sparkOf(metrics).driver_memory
      if (
        !most ||
        most.count <= EXECUTORS_BEFORE_MORE_DRIVER_MEMORY ||
        (typeof driver === 'number' && driver >= DRIVER_MEMORY_FOR_MANY)
      )
        return null
      return {
        action:
          'Set platform.compute.spark.driver_memory: 24g, as the driver watches every executor.',
        evidence: `${most.job} has ${most.count} executors, and the driver ${typeof driver === 'number' ? mib(driver) : 'the default'} of memory.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'executors-over-28',
    check: (metrics, plan) => {
      const most = mostExecutors(metrics, plan)
      if (!most || most.count <= MOST_EXECUTORS) return null
      return {
        action:
          'Keep executors at 28 or below: the cluster’s API server is polled once per executor, and fails in ways that look like a bad network.',
        evidence: `${most.job} has ${most.count} executors.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'cluster-too-small',
    check: (_, plan) => {
      const capped = plan?.jobs.filter(job => job.executors < job.requested_executors) ?? []
      if (capped.length === 0) return null
      return {
        action:
          'The cluster gives fewer executors than this scale asks for: enlarge it, or compare only runs on equal ones.',
        evidence: `${capped.map(job => `${job.job_name} got ${job.executors} of ${job.requested_executors}`).join('; ')}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'slow-query',
    check: ({ benchmark }) => {
      const timed = (benchmark?.queries ?? []).filter(query => query.engine_seconds !== null)
      const total = timed.reduce((sum, query) => sum + query.engine_seconds!, 0)
      const slowest = [...timed].sort((x, y) => y.engine_seconds! - x.engine_seconds!)[0]
      if (
        !slowest ||
        timed.length < 3 ||
        total === 0 ||
        slowest.engine_seconds! / total < QUERY_SHARE
      )
        return null
      return {
        action: `Look at ${slowest.name} first: it decides the queries per hour.`,
        evidence: `${slowest.name} (${slowest.display_name}) takes ${percent(slowest.engine_seconds! / total)} of the time of all ${timed.length} queries.`,
        seconds: slowest.engine_seconds! - total / timed.length,
      }
    },
  },
  {
    rule: 'noisy-queries',
    check: ({ benchmark, continuous }) => {
      // Tables grow and streams work beside the rounds of a window, so their times are not of one thing.
      if (continuous) return null
      const noisy = (benchmark?.queries ?? []).filter(query => spreadOf(query) >= NOISY)
      if (noisy.length < 2) return null
      const worst = [...noisy].sort((x, y) => spreadOf(y) - spreadOf(x))[0]!
      return {
        action:
          'Measure again on a quiet machine, and for longer (--min-seconds), before reading anything into these times.',
        evidence: `half of the executions of ${noisy.length} queries lie ${percent(NOISY)} or more from their median; ${worst.name} most: ${percent(spreadOf(worst))}.`,
        seconds: null,
      }
    },
  },
  {
    rule: 'one-execution',
    check: ({ benchmark, continuous }) => {
      // A window has rounds in their place.
      if (!benchmark || continuous || benchmark.mode === 'throughput') return null
      if (benchmark.queries.some(query => query.samples.filter(s => s.stream === 0).length > 1))
        return null
      return {
        action:
          'Leave architecture.benchmark.iterations at 5 (--iterations): the median of five is not moved by one hiccup.',
        evidence: 'every query was measured once, so nothing says how much its time varies.',
        seconds: null,
      }
    },
  },
]

/** Advice of all rules for a run, most seconds first. Pure. */
export function adviceFor(
  metrics: RunMetrics,
  plan: RunPlan | null = null,
  further: readonly AdviceRule[] = [],
): readonly Advice[] {
  return [...ADVICE_RULES, ...further]
    .flatMap(({ rule, check }) => {
      const found = check(metrics, plan)
      return found ? [{ rule, ...found }] : []
    })
    .sort((x, y) => (y.seconds ?? 0) - (x.seconds ?? 0))
}

const batchJobs = ({ jobs }: RunMetrics): JobMetrics[] =>
  jobs.filter(job => BATCH.includes(job.job_name) && job.success)

/** CPU that a job used of what it held. */
function busyShare({ cpu_seconds_used, cpu_seconds_requested }: JobMetrics): number | null {
  return cpu_seconds_used === null || !cpu_seconds_requested
    ? null
    : cpu_seconds_used / cpu_seconds_requested
}

function busyText(job: JobMetrics): string {
  const busy = busyShare(job)
  return busy === null
    ? 'how busy its cores were is not known'
    : `its cores were ${percent(busy)} busy`
}

function remedyFor(job: JobMetrics): string {
  const busy = busyShare(job)
  if (busy === null) return 'whether it computes or waits is not known.'
  if (busy >= BUSY_SHARE) return 'its cores are busy, so more of them shorten it.'
  return busy < WAITING_SHARE
    ? 'its cores wait, so faster storage shortens it.'
    : 'both cores and storage limit it.'
}

function memoryShare({ peak_memory_gb, memory_gb_requested }: JobMetrics): number | null {
  return peak_memory_gb === null || !memory_gb_requested
    ? null
    : peak_memory_gb / memory_gb_requested
}

/** The job with most executors, where jobs run on executors at all. */
function mostExecutors(
  { jobs }: RunMetrics,
  plan: RunPlan | null,
): { job: string; count: number } | null {
  const planned =
    plan && !plan.embedded && !plan.local_spark
      ? plan.jobs.map(job => ({ job: job.job_name as string, count: job.executors }))
      : []
  const used = jobs.map(job => ({ job: job.job_name, count: job.executor_count ?? 0 }))
  return [...planned, ...used].sort((x, y) => y.count - x.count)[0] ?? null
}

function sparkOf({ config_snapshot }: RunMetrics): Record<string, unknown> {
  const compute = (
    config_snapshot.platform as { compute?: { spark?: Record<string, unknown> } } | undefined
  )?.compute
  return compute?.spark ?? {}
}

function spreadOf({ samples }: QueryMetrics): number {
  const alone = samples.filter(s => s.stream === 0).map(s => s.engine_seconds)
  return alone.length < 2 ? 0 : medianAbsoluteDeviation(alone) / median(alone) || 0
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const mib = (bytes: number) =>
  bytes >= GIB ? `${(bytes / GIB).toPrecision(3)} GiB` : `${(bytes / MIB).toPrecision(3)} MiB`
