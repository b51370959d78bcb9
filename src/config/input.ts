import type {
  PartitionGranularity,
  Preset,
  QualityGates,
  QueryClass,
  StrategyName,
} from '../contracts/config'

/** A number of bytes, or text with a binary unit: `512mb`, `64g`. */
export type SizeInput = number | string
/** A number of seconds, or text with a unit: `"30 seconds"`, `5 minutes`, `1h`. */
export type DurationInput = number | string

/** Keys that may stand at the top of an object in place of their full paths. */
export interface Shorthand {
  /** An option of `runBatch` rather than of the config: generate the raw data first. Refused in a file. */
  readonly generate?: boolean
  /** `architecture.workload.datagen.scale`. */
  readonly scale?: number
  /** `architecture.workload.datagen.seed`. */
  readonly seed?: number
  /** `platform.storage`: a local path, `s3://bucket/prefix`, a storage block, or an s3 block. */
  readonly storage?: string | StorageInput | S3Input
}

/**
 * A config as a user writes it, in YAML or as an object: every key optional, defaults from the preset. In text values
 * `${VAR}` and `${VAR:-default}` stand for environment variables, `$${` for a literal `${`. A `ResolvedConfig` is itself
 * a valid input.
 */
export interface LakebenchConfigInput extends Shorthand {
  /** Set in a `ResolvedConfig` and in copies of one: its text is taken as it stands. */
  readonly resolved?: true
  /** Default `lakebench`. */
  readonly name?: string
  /** Which defaults apply: `embedded` (default, nothing to install), `local-spark`, `kubernetes`. */
  readonly preset?: Preset
  /** Storage, cluster, compute, prices. */
  readonly platform?: PlatformInput
  /** Engines, catalog, workload, benchmark. */
  readonly architecture?: ArchitectureInput
}

export interface PlatformInput {
  readonly storage?: StorageInput
  readonly kubernetes?: {
    readonly context?: string
    readonly namespace?: string
    readonly image?: string
    readonly image_pull_secrets?: readonly string[]
    readonly service_account?: string
    /** Who submits jobs: the spark-operator (default), or a spark-submit of this machine where there is no operator. */
    readonly submit?: 'operator' | 'spark-submit'
    /** Labels of the nodes that pods may use. */
    readonly node_selector?: Readonly<Record<string, string>>
    /** Taints that pods bear, as in a pod; nodes with them count for sizing. */
    readonly tolerations?: readonly TolerationInput[]
    /** Where executors spill: a claim each (default), or the node's disk. */
    readonly scratch?: {
      readonly type?: 'pvc' | 'empty-dir'
      readonly storage_class?: string
      readonly size?: SizeInput | null
    }
    /** How long pods may wait for a node or an image; default 120 seconds. */
    readonly pending_timeout?: DurationInput
    /** Raw data made by pods of lakebench's image; without an image this process makes it. */
    readonly datagen?: { readonly image?: string; readonly pods?: number | null }
  }
  /** For the estimate of costs in the report; `null`: not estimated. */
  readonly prices?: {
    readonly currency?: string
    readonly core_hour?: number | null
    readonly memory_gib_hour?: number | null
    readonly storage_gib_month?: number | null
  }
  readonly compute?: {
    /** The embedded engine's share of this machine; `null`: planned from what there is. */
    readonly embedded?: { readonly threads?: number | null; readonly memory?: SizeInput | null }
    readonly spark?: SparkInput
  }
}

export interface TolerationInput {
  readonly key?: string
  readonly operator?: 'Equal' | 'Exists'
  readonly value?: string
  /** Empty (default): every effect. */
  readonly effect?: '' | 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  readonly toleration_seconds?: number | null
}

export interface StorageInput {
  /** Default: by which of `path` and `s3` is given, else the preset's. */
  readonly type?: 'local' | 's3'
  /** Local folder, default `./lakebench-data`; or `s3://bucket/prefix`, in place of buckets and prefix in `s3`. */
  readonly path?: string
  readonly s3?: S3Input
}

export interface S3Input {
  readonly endpoint?: string
  /** The same service as pods reach it; default `endpoint`. */
  readonly endpoint_in_cluster?: string
  readonly region?: string
  readonly path_style?: boolean
  readonly access_key?: string
  readonly secret_key?: string
  readonly buckets?: { readonly bronze?: string; readonly silver?: string; readonly gold?: string }
  /** Folder in each bucket that everything lies below; default the bucket itself. */
  readonly prefix?: string
  readonly ca_cert?: string
  readonly verify_ssl?: boolean
  readonly create_buckets?: boolean
}

export interface SparkInput {
  readonly runner?: 'local' | 'kubernetes'
  /** Folder of a Spark distribution; empty: SPARK_HOME, then PATH, then a pip-installed pyspark. */
  readonly home?: string
  /** Folder whose jars are given to Spark; empty: `packages`. */
  readonly jars?: string
  /** Maven coordinates `group:artifact:version`; `null`: what fits the Spark that is found. */
  readonly packages?: readonly string[] | null
  /** Cores of a Spark on this machine; `null`: all. */
  readonly cores?: number | null
  readonly bronze_executors?: number | null
  readonly silver_executors?: number | null
  readonly gold_executors?: number | null
  readonly driver_memory?: SizeInput | null
  /** Share of the job profiles that executors and drivers on a cluster get, above 0 to 1. */
  readonly profile_share?: number
  readonly conf?: Readonly<Record<string, string | number | boolean>>
}

export interface ArchitectureInput {
  readonly pipeline_engine?: 'embedded' | 'spark'
  readonly catalog?: {
    readonly type?: 'hadoop' | 'rest' | 'hive'
    readonly uri?: string
    /** The same catalog as pods reach it; default `uri`. */
    readonly uri_in_cluster?: string
    readonly warehouse?: string
    readonly token?: string
  }
  readonly query_engine?: {
    readonly type?: 'duckdb' | 'trino' | 'none'
    readonly url?: string
    readonly catalog?: string
    readonly user?: string
    readonly password?: string
    readonly ca_cert?: string
  }
  readonly pipeline?: PipelineInput
  readonly workload?: { readonly schema?: 'customer360'; readonly datagen?: DatagenInput }
  readonly benchmark?: BenchmarkInput
  /** `namespace.table` of letters, digits and `_`. */
  readonly tables?: { readonly bronze?: string; readonly silver?: string; readonly gold?: string }
}

export interface PipelineInput {
  readonly mode?: 'batch' | 'continuous'
  readonly silver_strategy?: 'auto' | StrategyName
  readonly strategy_thresholds?: {
    readonly streaming?: SizeInput
    readonly chunked?: SizeInput
    readonly skew?: number
  }
  readonly silver_partitioning?: 'auto' | PartitionGranularity
  readonly gold_partitioning?: 'day' | 'month'
  /** `YYYY-MM-DD` that stands for today; `null`: the latest event date + 1. */
  readonly data_clock?: string | null
  readonly fingerprint?: 'auto' | 'always' | 'never'
  readonly quality_gates?: Partial<QualityGates>
  readonly continuous?: ContinuousInput
}

export interface ContinuousInput {
  /** `short`: intervals of seconds and a minute of run, for demos and tests. */
  readonly profile?: 'default' | 'short'
  readonly bronze_trigger_interval?: DurationInput
  readonly silver_trigger_interval?: DurationInput
  readonly gold_refresh_interval?: DurationInput
  readonly run_duration?: DurationInput
  readonly max_files_per_trigger?: number
  readonly checkpoint_base?: string
  readonly benchmark_interval?: DurationInput
  readonly benchmark_warmup?: DurationInput
  readonly bronze_target_file_size_mb?: number
  readonly silver_target_file_size_mb?: number
  readonly gold_target_file_size_mb?: number
}

export interface DatagenInput {
  /** 1 = 10 GiB of bronze; any number above 0. Default 0.1 with preset `embedded`, 10 with the others. */
  readonly scale?: number
  readonly seed?: number
  readonly file_size?: SizeInput
  readonly dirty_data_ratio?: number
  readonly zipf_exponent?: number
  readonly date_skew?: number
  /** A day or a full ISO-8601 time; without a zone UTC. Inclusive. */
  readonly timestamp_start?: string
  /** Exclusive. */
  readonly timestamp_end?: string
  readonly event_clock?: 'uniform' | 'replay'
  readonly workers?: number | null
  /** Offered load of a continuous run; `null`: 10 MB/s for each unit of scale; 0: make nothing, take what lies there and comes. */
  readonly rows_per_second?: number | null
}

export interface BenchmarkInput {
  readonly mode?: 'power' | 'throughput' | 'composite'
  readonly streams?: number
  readonly cache?: 'hot' | 'cold'
  /** Least measured executions of each query in the power part. */
  readonly iterations?: number
  /** Least measured time of each query in the power part, all its executions together, seconds. */
  readonly min_seconds?: number
  readonly classes?: readonly QueryClass[] | null
  readonly seed?: number
}
