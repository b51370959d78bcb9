import type { PartitionGranularity, StrategyName } from './choices'
import type { StreamName } from './streams'

/** Resources of the machine or cluster, asked once before planning. */
export interface Capacity {
  /** One machine, or the nodes of a cluster. */
  readonly kind: 'machine' | 'cluster'
  /** Free cores, of all nodes together. */
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  /** Cores and bytes of the largest node; a machine is its own node. */
  readonly largest_node: {
    /** Free cores. */
    readonly cores: number
    /** Free memory, bytes. */
    readonly memory: number
  }
  /** Room on each node of a cluster, nodes with the same room counted together, largest first. */
  readonly nodes?: readonly NodeRoom[]
  /** Pods that a quota still allows. */
  readonly pods?: number
}

/** Free cores and bytes on each of `count` nodes. */
export interface NodeRoom {
  /** Nodes that have just this room. */
  readonly count: number
  /** Free cores of each. */
  readonly cores: number
  /** Free memory of each, bytes. */
  readonly memory: number
}

/** Name of a job of batch mode. */
export type BatchJobName = 'bronze-verify' | 'silver-build' | 'gold-finalize'
/** Size class of a scale, as the product page has it. */
export type Tier = 'minimal' | 'balanced' | 'performance' | 'extreme'

/** One executor's shape, fixed by the product page; it does not change with scale. Bytes. */
export interface ExecutorShape {
  /** Cores of each executor. */
  readonly cores: number
  /** Heap of each executor, bytes. */
  readonly memory: number
  /** Memory beside the heap, bytes. */
  readonly memory_overhead: number
  /** Disk for shuffles and spills, bytes. */
  readonly scratch: number
}

/** The page's shape and count for one job, and why the count is what it is. */
export interface ExecutorPlan {
  /** Job or stream that the executors are for. */
  readonly job_name: BatchJobName | StreamName
  /** Size class of the scale. */
  readonly tier: Tier
  /** Count that the formula of the tier gives. */
  readonly requested_executors: number
  /** Count that is used. */
  readonly executors: number
  /** Cores, memory and disk of each. */
  readonly shape: ExecutorShape
  /** The job's own driver, where it runs as an application of its own. */
  readonly driver?: Omit<ExecutorShape, 'scratch'>
  /** Values that were capped, raised or overridden, in order. */
  readonly reasons: readonly string[]
}

/** Resources that the embedded engine really uses in place of executors. */
export interface EmbeddedResources {
  /** Threads of the engine. */
  readonly threads: number
  /** Bytes. */
  readonly memory: number
  /** Why it is these, in order. */
  readonly reasons: readonly string[]
}

/** Resources of a Spark driver on this machine in place of executors: it carries out the tasks itself. */
export interface LocalSparkResources {
  /** Tasks side by side. */
  readonly cores: number
  /** Heap, bytes. */
  readonly memory: number
  /** Why it is these, in order. */
  readonly reasons: readonly string[]
}

/** Saved as `plan.json` before anything runs. */
export interface RunPlan {
  /** 1 = 10 GiB of bronze. */
  readonly scale: number
  /** Size class that the scale falls into. */
  readonly tier: Tier
  /** Resources that there were to plan with. */
  readonly capacity: Capacity
  /** Resources of each job, in the order in which they run. */
  readonly jobs: readonly ExecutorPlan[]
  /** The streams of continuous mode, which run side by side; left out where they are no applications of their own. */
  readonly streams?: readonly ExecutorPlan[]
  /** `null` where the jobs run on executors. */
  readonly embedded: EmbeddedResources | null
  /** `null` unless the jobs run in one Spark driver on this machine. */
  readonly local_spark: LocalSparkResources | null
  /** Spark's `spark.driver.maxResultSize`, bytes. */
  readonly max_result_size: number
  /** Limit of each stage. */
  readonly timeout_seconds: number
  /** Resources that were planned smaller than the scale asks for, and why. */
  readonly warnings: readonly string[]
}

/** Dates of the years 1 to 9999 as every part writes them: they compare as text. Others have more digits or a suffix. */
export const ISO_DATE = /^\d{4}-\d\d-\d\d$/

/** Facts of the bronze data when silver's strategy is chosen. */
export interface BronzeProfile {
  /** Size of all raw files. */
  readonly bytes: number
  /** Rows of all raw files. */
  readonly rows: number
  /** Count of the raw files. */
  readonly files: number
  /** Distinct event dates, and the range; `null` when there is none. */
  readonly dates: number
  /** First event date, `YYYY-MM-DD`; `null` when there is none. */
  readonly min_date: string | null
  /** Last event date, `YYYY-MM-DD`; `null` when there is none. */
  readonly max_date: string | null
  /** Rows on the hottest date. */
  readonly hottest_date_rows: number
  /** `hottest_date_rows` ÷ mean rows per date; 1 = even. */
  readonly skew: number
  /** Dates with more than 10 × the mean, hottest first, at most 64; at least the hottest one where there is any. */
  readonly hot_dates: readonly string[]
}

/** Which strategy silver is written by, and why. */
export interface StrategyDecision {
  /** The one that silver is written by. */
  readonly strategy: StrategyName
  /** One sentence for the record. */
  readonly reason: string
  /** Whether the config chose it. */
  readonly overridden: boolean
  /** Inputs of the decision. */
  readonly inputs: {
    /** Bytes of bronze. */
    readonly bytes: number
    /** Rows on the hottest date ÷ the mean. */
    readonly skew: number
  }
  /** Where the strategies change over. */
  readonly thresholds: {
    /** Bytes from which silver is written by `streaming`. */
    readonly streaming: number
    /** Bytes from which it is written by `chunked`. */
    readonly chunked: number
    /** Skew above which it is written by `salted`. */
    readonly skew: number
  }
}

/** How a table is cut by its event date, and why. */
export interface PartitionDecision {
  /** Content of one partition. */
  readonly granularity: PartitionGranularity
  /** One sentence for the record. */
  readonly reason: string
}
