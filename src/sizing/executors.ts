import type { BatchJobName, ExecutorShape, Tier } from '../contracts/plan'
import type { StreamName } from '../contracts/streams'
import { GIB, MIB } from '../shared/format'

/** Executor shapes of the product page's job profiles; they never change with scale. */
export const EXECUTOR_SHAPES: Readonly<Record<BatchJobName, ExecutorShape>> = {
  'bronze-verify': { cores: 2, memory: 4 * GIB, memory_overhead: 2 * GIB, scratch: 50 * GIB },
  'silver-build': { cores: 4, memory: 48 * GIB, memory_overhead: 12 * GIB, scratch: 150 * GIB },
  'gold-finalize': { cores: 4, memory: 32 * GIB, memory_overhead: 8 * GIB, scratch: 100 * GIB },
}

/** Executor shapes of the streams. The page has none for them; these are the reference implementation's. */
const STREAM_SHAPES: Readonly<Record<StreamName, ExecutorShape>> = {
  'bronze-ingest': { cores: 2, memory: 4 * GIB, memory_overhead: 2 * GIB, scratch: 20 * GIB },
  'silver-stream': { cores: 4, memory: 32 * GIB, memory_overhead: 8 * GIB, scratch: 100 * GIB },
  'gold-refresh': { cores: 4, memory: 32 * GIB, memory_overhead: 8 * GIB, scratch: 100 * GIB },
}
const SHAPES = { ...EXECUTOR_SHAPES, ...STREAM_SHAPES }

/** Drivers of the same jobs. Source: the reference implementation; its overhead is Spark's own tenth. */
const DRIVERS: Readonly<
  Record<BatchJobName | StreamName, { readonly cores: number; readonly memory: number }>
> = {
  'bronze-verify': { cores: 2, memory: 4 * GIB },
  'silver-build': { cores: 4, memory: 24 * GIB },
  'gold-finalize': { cores: 4, memory: 24 * GIB },
  'bronze-ingest': { cores: 2, memory: 4 * GIB },
  'silver-stream': { cores: 4, memory: 8 * GIB },
  'gold-refresh': { cores: 4, memory: 8 * GIB },
}

/** Below these Spark with Iceberg and S3 does not work, whatever the share. */
const LEAST = { cores: 0.1, heap: GIB, overhead: 384 * MIB, scratch: GIB }

/** A job's executor at a share of its profile. */
export function executorShape(job: BatchJobName | StreamName, share = 1): ExecutorShape {
  const { cores, memory, memory_overhead, scratch } = SHAPES[job]
  return {
    cores: Math.max(LEAST.cores, Math.round(cores * share * 100) / 100),
    memory: Math.max(LEAST.heap, wholeMib(memory * share)),
    memory_overhead: Math.max(LEAST.overhead, wholeMib(memory_overhead * share)),
    scratch: Math.max(LEAST.scratch, wholeMib(scratch * share)),
  }
}

/** A job's driver at a share of its profile, or with a heap that the user set. */
export function driverShape(
  job: BatchJobName | StreamName,
  share = 1,
  heap: number | null = null,
): DriverShape {
  const memory = heap ?? Math.max(LEAST.heap, wholeMib(DRIVERS[job].memory * share))
  return {
    cores: Math.max(LEAST.cores, Math.round(DRIVERS[job].cores * share * 100) / 100),
    memory,
    memory_overhead: Math.max(LEAST.overhead, wholeMib(memory / 10)),
  }
}

type DriverShape = Omit<ExecutorShape, 'scratch'>

const wholeMib = (bytes: number) => Math.floor(bytes / MIB) * MIB

export const BATCH_JOBS = Object.keys(EXECUTOR_SHAPES) as readonly BatchJobName[]

/** The page's scale ranges. A scale between two of them (5.5) belongs to the larger one. */
export function tierOf(scale: number): Tier {
  if (scale <= 5) return 'minimal'
  if (scale <= 50) return 'balanced'
  return scale <= 500 ? 'performance' : 'extreme'
}

interface TierRule {
  readonly range: string
  readonly formula: string
  readonly least: number
  readonly most: number
  /** Scale one executor more is added for. */
  readonly divisor: number
}

/** The page's table; `/` is floor division there. */
export const TIERS: Readonly<Record<Tier, TierRule>> = {
  minimal: { range: 'up to 5', formula: '2', least: 2, most: 2, divisor: 1 },
  balanced: {
    range: 'up to 50',
    formula: 'max(4, min(8, scale // 6))',
    least: 4,
    most: 8,
    divisor: 6,
  },
  performance: {
    range: 'up to 500',
    formula: 'max(8, min(16, scale // 30))',
    least: 8,
    most: 16,
    divisor: 30,
  },
  extreme: {
    range: 'above 500',
    formula: 'max(16, min(32, scale // 50))',
    least: 16,
    most: 32,
    divisor: 50,
  },
}

/** Executors that the page's table asks for, the same for each of the three batch jobs. */
export function tierExecutors(scale: number): number {
  const { least, most, divisor } = TIERS[tierOf(scale)]
  return Math.max(least, Math.min(most, Math.floor(scale / divisor)))
}
