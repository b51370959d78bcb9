/**
 * A configuration after the one door (`config/`): every field present, sizes in bytes, durations in seconds, timestamps as
 * ISO-8601 UTC. Keys are those a user types, so a resolved config is itself a valid input.
 */
export interface ResolvedConfig {
  /** Tells a resolved config, also as a copy or from JSON, from what a user writes: its text holds no references to the environment. */
  readonly resolved: true
  /** Name of the deployment; in reports. */
  readonly name: string
  /** Whose defaults lie under the values. */
  readonly preset: Preset
  /** Storage, cluster, compute, prices. */
  readonly platform: {
    readonly storage: StorageConfig
    readonly kubernetes: {
      readonly context: string
      readonly namespace: string
      readonly image: string
      readonly image_pull_secrets: readonly string[]
      readonly service_account: string
      /** Who submits jobs: the spark-operator, or a spark-submit of this machine. */
      readonly submit: 'operator' | 'spark-submit'
      /** Labels of the nodes that pods may use. */
      readonly node_selector: Readonly<Record<string, string>>
      /** Taints that pods bear. */
      readonly tolerations: readonly TolerationConfig[]
      /** Where executors spill. */
      readonly scratch: {
        readonly type: 'pvc' | 'empty-dir'
        /** Empty: the cluster's default. */
        readonly storage_class: string
        /** Bytes; `null`: the job profile's. */
        readonly size: number | null
      }
      /** Seconds that pods may wait for a node or an image before a job is given up. */
      readonly pending_timeout: number
      /** Raw data made by pods of this image; empty: made by this process. */
      readonly datagen: { readonly image: string; readonly pods: number | null }
    }
    /** Prices of resources here, for an estimate; `null` where nobody said. */
    readonly prices: {
      readonly currency: string
      readonly core_hour: number | null
      readonly memory_gib_hour: number | null
      readonly storage_gib_month: number | null
    }
    readonly compute: {
      /** The embedded engine's share of this machine; `null` lets the engine decide. */
      readonly embedded: { readonly threads: number | null; readonly memory: number | null }
      readonly spark: SparkConfig
    }
  }
  /** Engines, catalog, workload, benchmark. */
  readonly architecture: {
    readonly pipeline_engine: 'embedded' | 'spark'
    readonly catalog: {
      readonly type: 'hadoop' | 'rest' | 'hive'
      readonly uri: string
      /** The same catalog as pods reach it; empty: `uri`. */
      readonly uri_in_cluster: string
      readonly warehouse: string
      readonly token: string
    }
    readonly query_engine: {
      readonly type: 'duckdb' | 'trino' | 'none'
      readonly url: string
      readonly catalog: string
      readonly user: string
      readonly password: string
      readonly ca_cert: string
    }
    readonly pipeline: PipelineConfig
    readonly workload: { readonly schema: 'customer360'; readonly datagen: DatagenConfig }
    readonly benchmark: BenchmarkConfig
    readonly tables: { readonly bronze: string; readonly silver: string; readonly gold: string }
  }
}

/** As in a pod; empty: any. */
export interface TolerationConfig {
  readonly key: string
  readonly operator: 'Equal' | 'Exists'
  readonly value: string
  readonly effect: '' | 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  /** For NoExecute; `null`: for ever. */
  readonly toleration_seconds: number | null
}

export type Preset = 'embedded' | 'local-spark' | 'kubernetes'

export type StorageConfig =
  | { readonly type: 'local'; readonly path: string }
  | {
      readonly type: 's3'
      readonly s3: {
        readonly endpoint: string
        /** The same service as pods reach it; empty: `endpoint`. */
        readonly endpoint_in_cluster: string
        readonly region: string
        readonly path_style: boolean
        readonly access_key: string
        readonly secret_key: string
        readonly buckets: {
          readonly bronze: string
          readonly silver: string
          readonly gold: string
        }
        /** Folder in each bucket that everything lies below; empty: the bucket itself. */
        readonly prefix: string
        readonly ca_cert: string
        readonly verify_ssl: boolean
        /** Make missing buckets instead of refusing. */
        readonly create_buckets: boolean
      }
    }

export interface SparkConfig {
  readonly runner: 'local' | 'kubernetes'
  /** Folder of a Spark distribution; empty: SPARK_HOME, then `spark-submit` on PATH, then a pip-installed pyspark. */
  readonly home: string
  /** Folder whose jars are given to Spark; empty: `packages`. */
  readonly jars: string
  /** Maven coordinates `group:artifact:version`, fetched once; `null`: what fits the Spark that was found. */
  readonly packages: readonly string[] | null
  /** Cores of a Spark on this machine; `null`: all. */
  readonly cores: number | null
  readonly bronze_executors: number | null
  readonly silver_executors: number | null
  readonly gold_executors: number | null
  /** Bytes. */
  readonly driver_memory: number | null
  /** Share of the job profiles that executors and drivers on a cluster get; 1: whole. */
  readonly profile_share: number
  /** Merged over the defaults, never replacing them. */
  readonly conf: Readonly<Record<string, string>>
}

export interface PipelineConfig {
  readonly mode: 'batch' | 'continuous'
  readonly silver_strategy: 'auto' | StrategyName
  /** Where the strategy table changes over; bytes, bytes, and a ratio. */
  readonly strategy_thresholds: {
    readonly streaming: number
    readonly chunked: number
    readonly skew: number
  }
  readonly silver_partitioning: 'auto' | PartitionGranularity
  readonly gold_partitioning: 'day' | 'month'
  /** The day that stands for "today" in recency (`YYYY-MM-DD`); `null`: the latest event date + 1. */
  readonly data_clock: string | null
  /** `auto`: tables up to 4 GiB are fingerprinted after their stage, outside its time. */
  readonly fingerprint: 'auto' | 'always' | 'never'
  readonly quality_gates: QualityGates
  readonly continuous: ContinuousConfig
}

export const STRATEGY_NAMES = ['simple', 'streaming', 'chunked', 'salted'] as const
export type StrategyName = (typeof STRATEGY_NAMES)[number]
export type PartitionGranularity = 'day' | 'month' | 'none'

/** Shares (0..1) above which `bronze-verify` fails; `null` never fails. */
export interface QualityGates {
  readonly max_duplicate_ratio: number | null
  readonly max_invalid_email_ratio: number | null
  readonly max_invalid_phone_ratio: number | null
  readonly max_null_violation_ratio: number | null
}

/** Continuous mode, seconds and megabytes as on the product page. */
export interface ContinuousConfig {
  /** `short`: intervals of seconds and a minute of run, so that a demo or a test sees every part happen. */
  readonly profile: 'default' | 'short'
  readonly bronze_trigger_interval: number
  readonly silver_trigger_interval: number
  readonly gold_refresh_interval: number
  readonly run_duration: number
  readonly max_files_per_trigger: number
  readonly checkpoint_base: string
  readonly benchmark_interval: number
  readonly benchmark_warmup: number
  readonly bronze_target_file_size_mb: number
  readonly silver_target_file_size_mb: number
  readonly gold_target_file_size_mb: number
}

export interface DatagenConfig {
  /** 1 = 10 GiB of bronze. */
  readonly scale: number
  readonly seed: number
  /** Target bytes of one raw file. */
  readonly file_size: number
  readonly dirty_data_ratio: number
  readonly zipf_exponent: number
  /** Share of rows on the hottest date beyond the uniform draw, 0..1. */
  readonly date_skew: number
  /** Inclusive, ISO-8601 UTC. */
  readonly timestamp_start: string
  /** Exclusive, ISO-8601 UTC. */
  readonly timestamp_end: string
  readonly event_clock: 'uniform' | 'replay'
  /** Worker threads; `null`: one a core. */
  readonly workers: number | null
  /** Offered load of a continuous run; `null`: 10 MB/s for each unit of scale; 0: make nothing, take what lies there and comes. */
  readonly rows_per_second: number | null
}

export interface BenchmarkConfig {
  readonly mode: 'power' | 'throughput' | 'composite'
  readonly streams: number
  readonly cache: 'hot' | 'cold'
  /** Least measured executions of each query in the power part. */
  readonly iterations: number
  /** Least measured time of each query in the power part, all its executions together, seconds. */
  readonly min_seconds: number
  /** Only these query classes; `null`: all. */
  readonly classes: readonly QueryClass[] | null
  /** Seeds the order of queries in throughput streams. */
  readonly seed: number
}

export type QueryClass = 'scan' | 'filter_prune' | 'aggregation' | 'analytics' | 'operational'

/** Where a config runs: in this process, on a Spark of this machine, or on a cluster. */
export type Platform = 'embedded' | 'local-spark' | 'kubernetes'

/** The one place that decides where a config runs. */
export function platformOf({ architecture, platform }: ResolvedConfig): Platform {
  if (architecture.pipeline_engine === 'embedded') return 'embedded'
  return platform.compute.spark.runner === 'local' ? 'local-spark' : 'kubernetes'
}
