import type { JobMetrics, RunMetrics } from '../../contracts/metrics'
import { GIB } from '../../shared/format'

/** Prices of resources in the config; `null` where it has none. */
export interface Prices {
  /** Currency of all prices, as it is printed. */
  readonly currency: string
  /** One core for one hour. */
  readonly core_hour: number | null
  /** One GiB of memory for one hour. */
  readonly memory_gib_hour: number | null
  /** One GiB in storage for one month. */
  readonly storage_gib_month: number | null
}

/** Cost of one stage. */
export interface JobCost {
  /** Name of the stage. */
  readonly job_name: string
  /** Core hours that it held. */
  readonly core_hours: number
  /** GiB of memory × hours that it held; null where the memory is not known. */
  readonly memory_gib_hours: number | null
  /** In the prices' currency. */
  readonly cost: number
}

/** Cost of a run by the prices of its config. */
export interface CostEstimate {
  /** The prices that the estimate is made from. */
  readonly prices: Prices
  /** Each stage's share. */
  readonly jobs: readonly JobCost[]
  /** Sum of the jobs; `null` where none could be priced. */
  readonly compute: number | null
  /** GiB of all layers, and what keeping them for a month costs. */
  readonly stored_gib: number | null
  /** The tables and raw data for a month; `null` where no price is known. */
  readonly storage_month: number | null
  /** Jobs that ran and could not be priced. */
  readonly unpriced: readonly string[]
}

/**
 * What the jobs' resources would cost at the prices of the config: cores and memory that were held, for as long as each job
 * took. Queries, data generation and whatever stands by between jobs are not in it. `null` without a price.
 */
export function estimateCost({ config_snapshot, jobs, corpus }: RunMetrics): CostEstimate | null {
  const prices = pricesOf(config_snapshot)
  if (!prices) return null
  const ran = jobs.filter(job => job.job_type === 'batch')
  const priced = ran.map(job => jobCost(job, prices)).filter(cost => cost !== null)
  const made = ran.filter(job => job.success).flatMap(job => job.output_size_gb ?? [])
  const stored = corpus ? corpus.bytes / GIB + made.reduce((sum, gib) => sum + gib, 0) : null
  return {
    prices,
    jobs: priced,
    compute: priced.length > 0 ? priced.reduce((sum, { cost }) => sum + cost, 0) : null,
    stored_gib: stored,
    storage_month:
      stored === null || prices.storage_gib_month === null
        ? null
        : stored * prices.storage_gib_month,
    unpriced: ran
      .map(job => job.job_name)
      .filter(name => !priced.some(cost => cost.job_name === name)),
  }
}

function jobCost(job: JobMetrics, { core_hour, memory_gib_hour }: Prices): JobCost | null {
  const { executor_count, executor_cores, memory_gb_requested, elapsed_seconds, job_name } = job
  if (executor_count === null || executor_cores === null) return null
  if (core_hour === null && memory_gib_hour === null) return null
  const hours = elapsed_seconds / 3600
  const core_hours = executor_count * executor_cores * hours
  const memory_gib_hours = memory_gb_requested === null ? null : memory_gb_requested * hours
  return {
    job_name,
    core_hours,
    memory_gib_hours,
    cost: core_hours * (core_hour ?? 0) + (memory_gib_hours ?? 0) * (memory_gib_hour ?? 0),
  }
}

/** From the record alone, as it may be years old. */
function pricesOf(snapshot: RunMetrics['config_snapshot']): Prices | null {
  const table = (snapshot.platform as { prices?: Record<string, unknown> } | undefined)?.prices
  if (!table || typeof table !== 'object') return null
  const price = (key: string) => (typeof table[key] === 'number' ? table[key] : null)
  const prices: Prices = {
    currency: typeof table.currency === 'string' ? table.currency : '',
    core_hour: price('core_hour'),
    memory_gib_hour: price('memory_gib_hour'),
    storage_gib_month: price('storage_gib_month'),
  }
  const { core_hour, memory_gib_hour, storage_gib_month } = prices
  return core_hour === null && memory_gib_hour === null && storage_gib_month === null
    ? null
    : prices
}
