import {
  DRIVER_MEMORY_FOR_MANY,
  EXECUTORS_BEFORE_MORE_DRIVER_MEMORY,
  LEAST_FILE_SHARE,
  MOST_EXECUTORS,
  SILVER_TARGET_FILE_SIZE,
} from '../../contracts/choices'
import type { RunMetrics } from '../../contracts/metrics'
import type { RunPlan } from '../../contracts/plan'
import { GIB } from '../../shared/format'
import {
  BUSY_SHARE,
  batchJobs,
  busyShare,
  busyText,
  byBusy,
  growthText,
  memoryShare,
  mib,
  mostExecutors,
  percent,
  remedyFor,
  sparkOf,
  spreadOf,
  WAITING_SHARE,
  windowOf,
} from './advice-evidence'
import { computeScores } from './scores'
import { appliesTo, inWindow, isSaturated, meanBatchMilliseconds, streamOf } from './window-facts'

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

/** A rule that gives advice. */
export interface AdviceRule {
  /** Unique name. */
  readonly rule: string
  /** The runs that it is for; left out where it is for both kinds. */
  readonly mode?: RunMetrics['mode']
  /** `null` where there is nothing to say; without `seconds` where nobody can say how many are at stake. */
  check(
    metrics: RunMetrics,
    plan: RunPlan | null,
  ): (Pick<Advice, 'action' | 'evidence'> & Partial<Pick<Advice, 'seconds'>>) | null
}

/** From this share of the pipeline's time on, one stage is the bottleneck. Source: the reference's report. */
const DOMINANT_SHARE = 0.6
/** Two longest stages closer than this are in balance. Source: the reference's report. */
const BALANCED_WITHIN = 0.1
/** Shorter jobs are start-up and clock steps. */
const LEAST_SECONDS = 1
const SMALL_FILE_BYTES = SILVER_TARGET_FILE_SIZE * LEAST_FILE_SHARE
const FEW_FILES = 16
const MEMORY_SHARE = 0.9
const QUERY_SHARE = 0.5
/** Median distance of a query's samples from their median, as a share of it. */
const NOISY = 0.2
const SKEW = 10
/** Growth of what waits, as a share of what is offered, below which it is the swing of triggers. */
const GROWS_FROM = 0.05
/** A median of fewer is moved by one hiccup. */
const ROUNDS_FOR_A_MEDIAN = 3
const FALLS_FROM_PCT = 20

/** Every rule; what is said is sorted by what is at stake, and in this order where that is equal or unknown. */
export const ADVICE_RULES: readonly AdviceRule[] = [
  {
    rule: 'streams-saturated',
    mode: 'continuous',
    check: metrics => {
      const { ingest_ratio, backlog_growth_rps: growth } = computeScores(metrics)
      const busiest = byBusy(metrics)[0]
      if (!isSaturated(metrics)) return null
      const told = [
        ...(ingest_ratio === null
          ? []
          : [`${percent(ingest_ratio)} of what had landed in time is in bronze`]),
        ...(growth === null ? [] : [growthText(growth, metrics)]),
        ...(busiest
          ? [`${busiest.job_name} is busiest, ${percent(busiest.busy!)} of the window`]
          : []),
      ]
      return {
        action:
          'Offer fewer rows (architecture.workload.datagen.rows_per_second), take more files a trigger (max_files_per_trigger), or give the streams more cores: they fall behind, so ages and rows a second are those of an overload.',
        evidence: `${told.join('; ')}.`,
      }
    },
  },
  {
    rule: 'backlog-grows',
    mode: 'continuous',
    check: metrics => {
      const growth = computeScores(metrics).backlog_growth_rps
      const offered = metrics.continuous?.producer.offered_rows_per_second ?? null
      if (
        growth === null ||
        offered === null ||
        growth < GROWS_FROM * offered ||
        isSaturated(metrics)
      )
        return null
      return {
        action:
          'Run a longer window before trusting it: what waits is still growing, so the ages will too.',
        evidence: `${growthText(growth, metrics)}, which may be chance.`,
      }
    },
  },
  {
    rule: 'gold-interval-too-short',
    mode: 'continuous',
    check: metrics => {
      const gold = streamOf(metrics, 'gold-refresh')
      const mean = gold ? meanBatchMilliseconds(gold, windowOf(metrics)) : null
      if (!gold || mean === null || mean / 1000 <= gold.trigger_interval_seconds) return null
      return {
        action:
          'Raise architecture.pipeline.continuous.gold_refresh_interval: a refresh takes longer than the time between two, so the interval is not kept.',
        evidence: `a refresh takes ${(mean / 1000).toFixed(1)} s on average, the interval is ${gold.trigger_interval_seconds} s.`,
        seconds: mean / 1000 - gold.trigger_interval_seconds,
      }
    },
  },
  {
    rule: 'busy-stream',
    mode: 'continuous',
    check: metrics => {
      const busy = byBusy(metrics).filter(
        s => s.busy! >= BUSY_SHARE && inWindow(s.batches, windowOf(metrics)).length > 0,
      )
      // Saturation says the same, and more.
      if (busy.length === 0 || isSaturated(metrics)) return null
      return {
        action:
          'Give the busiest stream a longer interval or more cores: the next slow moment makes it late.',
        evidence: `${busy.map(s => `${s.job_name} was at work ${percent(s.busy!)} of the window`).join('; ')}.`,
      }
    },
  },
  {
    rule: 'few-rounds',
    mode: 'continuous',
    check: ({ benchmark_rounds: rounds }) => {
      const valid = rounds.filter(r => r.valid).length
      if (rounds.length === 0 || valid >= ROUNDS_FOR_A_MEDIAN) return null
      return {
        action:
          'Run longer (--duration), or set benchmark_interval lower: a median of so few rounds is moved by one.',
        evidence: `${valid} of ${rounds.length} rounds are valid.`,
      }
    },
  },
  {
    rule: 'queries-slow-down',
    mode: 'continuous',
    check: metrics => {
      const fall = computeScores(metrics).qph_degradation_pct
      if (fall === null || fall < FALLS_FROM_PCT) return null
      return {
        action:
          'Look at small files and at the size of gold and silver: queries became slower during the window.',
        evidence: `QpH of the later rounds is ${fall.toFixed(0)} % below that of the earlier ones.`,
      }
    },
  },
  {
    rule: 'bottleneck-stage',
    mode: 'batch',
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
    mode: 'batch',
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
    mode: 'batch',
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
      }
    },
  },
  {
    rule: 'skewed-dates',
    mode: 'batch',
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
      }
    },
  },
  {
    rule: 'memory-near-limit',
    mode: 'batch',
    check: metrics => {
      const near = batchJobs(metrics).filter(job => (memoryShare(job) ?? 0) >= MEMORY_SHARE)
      if (near.length === 0) return null
      return {
        action:
          'Give these jobs more memory, or fewer cores to share it: the next larger scale will spill or fail.',
        evidence: `${near.map(job => `${job.job_name} peaked at ${percent(memoryShare(job)!)} of what it was given`).join('; ')}.`,
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
    mode: 'batch',
    // Tables grow and streams work beside the rounds of a window, so their times are not of one thing.
    check: ({ benchmark }) => {
      const noisy = (benchmark?.queries ?? []).filter(query => spreadOf(query) >= NOISY)
      if (noisy.length < 2) return null
      const worst = [...noisy].sort((x, y) => spreadOf(y) - spreadOf(x))[0]!
      return {
        action:
          'Measure again on a quiet machine, and for longer (--min-seconds), before reading anything into these times.',
        evidence: `half of the executions of ${noisy.length} queries lie ${percent(NOISY)} or more from their median; ${worst.name} most: ${percent(spreadOf(worst))}.`,
      }
    },
  },
  {
    rule: 'one-execution',
    mode: 'batch',
    // A window has rounds in their place.
    check: ({ benchmark }) => {
      if (!benchmark || benchmark.mode === 'throughput') return null
      if (benchmark.queries.some(query => query.samples.filter(s => s.stream === 0).length > 1))
        return null
      return {
        action:
          'Leave architecture.benchmark.iterations at 5 (--iterations): the median of five is not moved by one hiccup.',
        evidence: 'every query was measured once, so nothing says how much its time varies.',
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
    .flatMap(({ rule, mode, check }) => {
      const found = appliesTo(mode, metrics) ? check(metrics, plan) : null
      if (!found) return []
      const { action, evidence, seconds = null } = found
      return [{ rule, action, evidence, seconds }]
    })
    .sort((x, y) => (y.seconds ?? 0) - (x.seconds ?? 0))
}
