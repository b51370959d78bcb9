import { CapacityError } from '../contracts/errors'
import type { BatchJobName, ExecutorShape, Tier } from '../contracts/plan'
import { checkOptions } from '../shared/check-options'
import { formatSize, GIB } from '../shared/format'
import { BATCH_JOBS, EXECUTOR_SHAPES, TIERS, tierExecutors, tierOf } from './executors'

/** Pods of one kind. Memory in bytes. */
export interface PodGroup {
  /** How many pods. */
  readonly count: number
  /** Cores of each. */
  readonly cores: number
  /** Memory of each, bytes. */
  readonly memory: number
}

/** Resources that a scale needs on a cluster. Memory in bytes. */
export interface Recommendation {
  /** 1 = 10 GiB of bronze. */
  readonly scale: number
  /** Size class that the scale falls into. */
  readonly tier: Tier
  /** Scale range and formula of the product page's row. */
  readonly scale_range: string
  /** How the count of executors follows from the scale in this tier. */
  readonly formula: string
  /** Executors of this tier, by the formula. */
  readonly executors: number
  /** The page's job profiles; the jobs run one after the other. */
  readonly jobs: readonly {
    /** Name of the job. */
    readonly job_name: BatchJobName
    /** Its executors. */
    readonly executors: number
    /** Cores, memory and disk of each. */
    readonly shape: ExecutorShape
  }[]
  /** Nodes for the query engine. */
  readonly trino: {
    /** Pods that carry the queries out. */
    readonly workers: PodGroup
    /** The pod that plans them. */
    readonly coordinator: PodGroup
  }
  /** Pods that make the raw data. */
  readonly datagen: PodGroup & {
    /** All at once, or at the pace of a continuous run. */
    readonly mode: 'batch' | 'continuous'
  }
  /** Bronze at this scale: 10 GiB × scale. */
  readonly bronze_bytes: number
  /** Everything at once, with 15 % to spare. */
  readonly total: {
    /** Cores. */
    readonly cores: number
    /** Memory, bytes. */
    readonly memory: number
  }
}

/** A scale, or the cores and memory that there are. */
export type RecommendInput =
  | {
      /** 1 = 10 GiB of bronze. */
      readonly scale: number
    }
  | {
      /** Cores that there are. */
      readonly cores: number
      /** Memory that there is, bytes. */
      readonly memory: number
    }

const INPUT = { scale: 'number', cores: 'number', memory: 'number' } as const

const LARGEST_SCALE = 100_000_000
/** Drivers, operators and the system: cores, and bytes. */
const SPARE = { factor: 1.15, cores: 4, memory: 8 * GIB }

/**
 * What a scale needs, or the largest whole scale that a cluster carries.
 *
 * Source: the product page's tiers and job profiles; Trino and generation pods from the reference implementation; totals
 * `1.15 × (max(Spark, generation) + Trino + spare)`, where Spark is its largest job at the page's executor shape.
 *
 * @returns a plain object; `String(…)` of it is a readable table
 * @throws CapacityError where the cluster does not carry scale 1
 * @throws RangeError for numbers that are not above 0
 */
export function recommend(input: RecommendInput): Recommendation {
  checkOptions(input as { scale?: number; cores?: number; memory?: number }, INPUT, 'recommend')
  if ('scale' in input) {
    positive('scale', input.scale)
    return readable(forScale(input.scale))
  }
  positive('cores', input.cores)
  positive('memory', input.memory)
  return readable(largestWithin(input.cores, input.memory))
}

function forScale(scale: number): Recommendation {
  const tier = tierOf(scale)
  const executors = tierExecutors(scale)
  const jobs = BATCH_JOBS.map(job_name => ({
    job_name,
    executors,
    shape: EXECUTOR_SHAPES[job_name],
  }))
  const trino = trinoFor(scale, tier)
  const datagen = datagenFor(scale, tier)
  const most = (of: (shape: ExecutorShape) => number) =>
    Math.max(...jobs.map(job => executors * of(job.shape)))
  const pods = [trino.workers, trino.coordinator]
  const cores =
    Math.max(
      most(s => s.cores),
      datagen.count * datagen.cores,
    ) + pods.reduce((sum, pod) => sum + pod.count * pod.cores, SPARE.cores)
  const memory =
    Math.max(
      most(s => s.memory + s.memory_overhead),
      datagen.count * datagen.memory,
    ) + pods.reduce((sum, pod) => sum + pod.count * pod.memory, SPARE.memory)
  return {
    scale,
    tier,
    scale_range: TIERS[tier].range,
    formula: TIERS[tier].formula,
    executors,
    jobs,
    trino,
    datagen,
    bronze_bytes: Math.round(10 * GIB * scale),
    total: {
      cores: Math.floor(SPARE.factor * cores),
      memory: Math.floor((SPARE.factor * memory) / GIB) * GIB,
    },
  }
}

function trinoFor(scale: number, tier: Tier): Recommendation['trino'] {
  const pods = (count: number, cores: number, gib: number): PodGroup => ({
    count,
    cores,
    memory: gib * GIB,
  })
  const steps = (divisor: number) => Math.floor(scale / divisor)
  return {
    minimal: { workers: pods(1, 2, 8), coordinator: pods(1, 1, 4) },
    balanced: { workers: pods(2, 4, 16), coordinator: pods(1, 2, 8) },
    performance: { workers: pods(Math.max(4, steps(25)), 8, 32), coordinator: pods(1, 4, 16) },
    extreme: { workers: pods(Math.max(10, steps(50)), 8, 64), coordinator: pods(1, 4, 16) },
  }[tier]
}

function datagenFor(scale: number, tier: Tier): Recommendation['datagen'] {
  const steps = (divisor: number) => Math.floor(scale / divisor)
  const batch = scale <= 10
  const count = {
    minimal: 2,
    balanced: batch ? 4 : Math.max(4, steps(5)),
    performance: Math.max(8, steps(10)),
    extreme: Math.max(16, steps(30)),
  }[tier]
  return batch
    ? { mode: 'batch', count, cores: 4, memory: 4 * GIB }
    : { mode: 'continuous', count, cores: 8, memory: 24 * GIB }
}

/** Needs grow within a tier, but fall between some: so the largest that fits is searched tier by tier, largest first. */
function largestWithin(cores: number, memory: number): Recommendation {
  const fits = (scale: number) => {
    const { total } = forScale(scale)
    return total.cores <= cores && total.memory <= memory
  }
  // Where pods change from batch to continuous, and where tiers end.
  for (const [first, last] of [
    [501, LARGEST_SCALE],
    [51, 500],
    [11, 50],
    [6, 10],
    [1, 5],
  ] as const) {
    if (!fits(first)) continue
    let [low, high] = [first as number, last as number]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (fits(middle)) low = middle
      else high = middle - 1
    }
    return forScale(low)
  }
  const { total } = forScale(1)
  throw new CapacityError(
    `${cores} cores and ${formatSize(memory)} do not carry scale 1 on a cluster, which takes ${total.cores} cores and ` +
      `${formatSize(total.memory)}. The embedded preset needs no cluster: it takes what one machine has.`,
  )
}

function readable(recommendation: Recommendation): Recommendation {
  // Not enumerable: in JSON and comparisons it is the plain object it looks like.
  Object.defineProperty(recommendation, 'toString', {
    value: () => formatRecommendation(recommendation),
  })
  return Object.freeze(recommendation)
}

/** A recommendation as aligned lines. */
export function formatRecommendation(r: Recommendation): string {
  const shape = (s: ExecutorShape) =>
    `${s.cores} cores, ${formatSize(s.memory)} + ${formatSize(s.memory_overhead)} overhead, ${formatSize(s.scratch)} scratch`
  const pods = (p: PodGroup) => `${p.count} × ${p.cores} cores, ${formatSize(p.memory)}`
  const lines: [string, string][] = [
    ['scale', `${r.scale} (${formatSize(r.bronze_bytes)} of bronze)`],
    ['tier', `${r.tier} (scale ${r.scale_range})`],
    ['executors', `${r.executors} for each job: ${r.formula}`],
    ...r.jobs.map((job): [string, string] => [
      `  ${job.job_name}`,
      `${job.executors} × ${shape(job.shape)}`,
    ]),
    ['trino workers', pods(r.trino.workers)],
    ['trino coordinator', pods(r.trino.coordinator)],
    [`datagen (${r.datagen.mode})`, pods(r.datagen)],
    ['total', `${r.total.cores} cores, ${formatSize(r.total.memory)}`],
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

function positive(name: string, value: number): void {
  if (!(value > 0) || !Number.isFinite(value))
    throw new RangeError(`${name} must be a number above 0; got ${value}.`)
}
