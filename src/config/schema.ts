import { z } from 'zod'
import { QUERY_CLASSES, STRATEGY_NAMES } from '../contracts/choices'
import { strictObject } from '../contracts/documents'
import { GIB, MIB, TIB } from '../shared/format'
import {
  day,
  duration,
  filled,
  integer,
  localPath,
  placeBelow,
  share,
  size,
  tableName,
  text,
  timestamp,
  url,
} from './fields'
import { PlatformSchema, S3Schema, StorageSchema } from './platform-schema'

export type { StorageConfig } from './platform-schema'

/** Seconds; a timer of Node counts milliseconds in 31 bits. */
const LONGEST_TIMER = 2_000_000

const gate = () => share().nullable().default(null)

// Ranges that are narrower in the default profile are rules of it (`rules.ts`).
const ContinuousSchema = strictObject({
  /** short: intervals of seconds and a minute of run, so that a demo or a test sees every part happen. */
  profile: z.enum(['default', 'short']).default('default'),
  /** How often the bronze stream looks for raw files, seconds. */
  bronze_trigger_interval: duration({ min: 1, max: LONGEST_TIMER }).default(30),
  /** How often the silver stream takes what bronze has, seconds. */
  silver_trigger_interval: duration({ min: 1, max: LONGEST_TIMER }).default(60),
  /** How often gold is made anew from silver, seconds. */
  gold_refresh_interval: duration({ min: 1, max: LONGEST_TIMER }).default(300),
  /** Length of the window, seconds. */
  run_duration: duration({ min: 1, max: LONGEST_TIMER }).default(1800),
  /** Most raw files of one bronze trigger. */
  max_files_per_trigger: integer(1, 1_000_000).default(50),
  /** Folder of the streams' checkpoints, below the storage. */
  checkpoint_base: placeBelow().min(1).default('checkpoints'),
  /** Pause between benchmark rounds, seconds. */
  benchmark_interval: duration({ min: 1, max: 3600 }).default(300),
  /** Time before the first benchmark round, seconds. */
  benchmark_warmup: duration({ min: 1, max: 1800 }).default(300),
  /** Target size of bronze's files, MB. */
  bronze_target_file_size_mb: z.number().min(1).max(65_536).default(512),
  /** Target size of silver's files, MB. */
  silver_target_file_size_mb: z.number().min(1).max(65_536).default(512),
  /** Target size of gold's files, MB. */
  gold_target_file_size_mb: z.number().min(1).max(65_536).default(128),
})

const PipelineSchema = strictObject({
  /** batch: stages once, one after another; continuous: three streams over a window of time. */
  mode: z.enum(['batch', 'continuous']).default('batch'),
  /** How silver is written; auto: by the thresholds. */
  silver_strategy: z.enum(['auto', ...STRATEGY_NAMES]).default('auto'),
  /** Where auto changes over from one strategy to the next. */
  strategy_thresholds: strictObject({
    /** Bronze bytes from which silver is written without a shuffle. */
    streaming: size().default(100 * GIB),
    /** Bronze bytes from which silver is written by date ranges. */
    chunked: size().default(5 * TIB),
    /** Hottest date over the mean date, above which hot dates are salted. */
    skew: z.number().min(0).default(100),
  }).prefault({}),
  /** Partitions of silver; auto: the finest whose mean file is at least 32 MiB. */
  silver_partitioning: z.enum(['auto', 'day', 'month', 'none']).default('auto'),
  /** Partitions of gold. */
  gold_partitioning: z.enum(['day', 'month']).default('month'),
  /** Day that stands for today in recency; null: latest event date + 1. */
  data_clock: day().nullable().default(null),
  /** Whether tables are fingerprinted after their stage, outside its time; auto: up to 4 GiB. */
  fingerprint: z.enum(['auto', 'always', 'never']).default('auto'),
  /** Shares of rows above which bronze-verify fails; null: reported only. */
  quality_gates: strictObject({
    /** Rows beyond the first of an event_id. */
    max_duplicate_ratio: gate(),
    /** Rows whose email is not valid. */
    max_invalid_email_ratio: gate(),
    /** Rows whose phone number is not valid. */
    max_invalid_phone_ratio: gate(),
    /** NULLs where the schema says never, all columns together, by the number of rows. */
    max_null_violation_ratio: gate(),
  }).prefault({}),
  /** Continuous mode. */
  continuous: ContinuousSchema.prefault({}),
})

const DatagenSchema = strictObject({
  /** 1 = 10 GiB of bronze. Default: 0.1 with preset embedded, 10 with the others. */
  scale: z.number().positive().max(1e6).default(0.1),
  /** Rows are a function of it and their number. */
  seed: integer(0, Number.MAX_SAFE_INTEGER).default(42),
  /** Target size of one raw file. */
  file_size: size({ min: MIB }).default(512 * MIB),
  /** Share of rows with a planted fault. */
  dirty_data_ratio: share().default(0.08),
  /** How uneven the customers are. */
  zipf_exponent: z.number().min(0).max(10).default(1.5),
  /** Share of rows on the hottest date beyond the uniform draw. */
  date_skew: share().default(0),
  /** Begin of the events' time: a day or an ISO-8601 time, without a zone UTC; inclusive. */
  timestamp_start: timestamp().default('2024-01-01T00:00:00.000Z'),
  /** End of the events' time, exclusive. */
  timestamp_end: timestamp().default('2025-01-01T00:00:00.000Z'),
  /** Of a continuous run; replay: events go through their time as the run goes through its window. */
  event_clock: z.enum(['uniform', 'replay']).default('uniform'),
  /** Worker threads; null: one a core. */
  workers: integer(1, 1024).nullable().default(null),
  /** Offered load of a continuous run; null: 10 MB/s for each unit of scale; 0: make nothing. */
  rows_per_second: z.number().min(0).max(1e8).nullable().default(null),
})

/** How queries are timed, with its defaults. */
export const BenchmarkSchema = strictObject({
  /** power: query by query; throughput: several streams at once; composite: both. */
  mode: z.enum(['power', 'throughput', 'composite']).default('power'),
  /** Query streams at once in the throughput part. */
  streams: integer(1, 64).default(4),
  /** cold: caches are flushed before each query. */
  cache: z.enum(['hot', 'cold']).default('hot'),
  /** Least measured executions of each query in the power part. */
  iterations: integer(1, 100).default(5),
  /** Least measured time of each query in the power part, all its executions together, seconds. */
  min_seconds: z.number().min(0).max(3600).default(1),
  /** Only these query classes; null: all. */
  classes: z.array(z.enum(QUERY_CLASSES)).min(1).nullable().default(null),
  /** Seeds the order of queries in throughput streams. */
  seed: integer(0, Number.MAX_SAFE_INTEGER).default(42),
})

const ArchitectureSchema = strictObject({
  /** Engine that builds the tables: DuckDB in this process, or Spark. */
  pipeline_engine: z.enum(['embedded', 'spark']).default('embedded'),
  /** Where tables are found. */
  catalog: strictObject({
    /** hadoop: tables are files, without a service. */
    type: z.enum(['hadoop', 'rest', 'hive']).default('hadoop'),
    /** URI of the catalog service. */
    uri: url('http', 'https', 'thrift').default(''),
    /** URI of the same catalog as pods reach it; empty: uri. */
    uri_in_cluster: url('http', 'https', 'thrift').default(''),
    /** Warehouse of a rest catalog. */
    warehouse: text().default(''),
    /** Token of a rest catalog. */
    token: text().default(''),
  }).prefault({}),
  /** Engine that runs the queries. */
  query_engine: strictObject({
    /** none: no benchmark. */
    type: z.enum(['duckdb', 'trino', 'none']).default('duckdb'),
    /** URL of Trino's coordinator. */
    url: url('http', 'https').default(''),
    /** Trino's catalog that has the tables. */
    catalog: text().default('lakehouse'),
    /** User of Trino. */
    user: text().default('lakebench'),
    /** Password of that user; sent over https only. */
    password: text().default(''),
    /** Path of a CA certificate that Trino is checked with. */
    ca_cert: localPath().default(''),
  }).prefault({}),
  /** How bronze becomes silver and gold. */
  pipeline: PipelineSchema.prefault({}),
  /** Which data. */
  workload: strictObject({
    /** Name of the workload. */
    schema: z.literal('customer360').default('customer360'),
    /** The raw data. */
    datagen: DatagenSchema.prefault({}),
  }).prefault({}),
  /** How queries are timed. */
  benchmark: BenchmarkSchema.prefault({}),
  /** Names of the tables, `namespace.table` of letters, digits and `_`. */
  tables: strictObject({
    /** Table of raw rows in continuous mode; batch reads the raw files. */
    bronze: tableName().default('default.bronze_raw'),
    /** Table of enriched rows. */
    silver: tableName().default('silver.customer_interactions_enriched'),
    /** Table of the dashboard's numbers. */
    gold: tableName().default('gold.customer_executive_dashboard'),
  }).prefault({}),
})

/** Every key of the config, its sentence, limits and default. Presets lay their own defaults under what the user gave. */
export const ConfigSchema = strictObject({
  /** Name of the deployment; in reports. */
  name: filled().max(128).default('lakebench'),
  /** Which defaults apply: embedded (nothing to install), local-spark, kubernetes. */
  preset: z.enum(['embedded', 'local-spark', 'kubernetes']).default('embedded'),
  /** Storage, cluster, compute, prices. */
  platform: PlatformSchema.prefault({}) as z.ZodPrefault<typeof PlatformSchema>,
  /** Engines, catalog, workload, benchmark. */
  architecture: ArchitectureSchema.prefault({}),
})

/** Keys that may stand at the top in place of their full paths. */
export const ShorthandSchema = strictObject({
  /** Short for architecture.workload.datagen.scale. */
  scale: z.number().positive().max(1e6).optional(),
  /** Short for architecture.workload.datagen.seed. */
  seed: integer(0, Number.MAX_SAFE_INTEGER).optional(),
  /** Short for platform.storage: a local path, s3://bucket/prefix, or an s3 block. */
  storage: z.union([filled(), StorageSchema, S3Schema]).optional() as z.ZodOptional<
    z.ZodUnion<readonly [z.ZodString, typeof StorageSchema, typeof S3Schema]>
  >,
})

/** A type of which no part can be assigned. */
export type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/**
 * A config as a user writes it, in YAML or as an object: every key optional, defaults from the preset. Sizes are bytes or text with a
 * binary unit (`512mb`, `64g`), durations seconds or text with a unit (`"30 seconds"`, `1h`). In text values `${VAR}` and
 * `${VAR:-default}` stand for environment variables, `$${` for a literal `${`. A `ResolvedConfig` is itself a valid input.
 */
export interface LakebenchConfigInput
  extends DeepReadonly<z.input<typeof ConfigSchema>>,
    DeepReadonly<z.input<typeof ShorthandSchema>> {
  /** Set in a `ResolvedConfig` and in copies of one: its text is taken as it stands. */
  readonly resolved?: true
  /** An option of `runBatch` rather than of the config: generate the raw data first. Refused in a file. */
  readonly generate?: boolean
}

/**
 * A configuration after the one door: every field present, sizes in bytes, durations in seconds, timestamps as ISO-8601 UTC. Keys are
 * those a user types, so a resolved config is itself a valid input.
 */
export interface ResolvedConfig extends DeepReadonly<z.output<typeof ConfigSchema>> {
  /** Tells a resolved config, also as a copy or from JSON, from what a user writes: its text holds no references to the environment. */
  readonly resolved: true
}

/** How bronze becomes silver and gold. */
export type PipelineConfig = ResolvedConfig['architecture']['pipeline']
/** Continuous mode. */
export type ContinuousConfig = PipelineConfig['continuous']
/** The raw data. */
export type DatagenConfig = ResolvedConfig['architecture']['workload']['datagen']
/** How queries are timed. */
export type BenchmarkConfig = ResolvedConfig['architecture']['benchmark']

/** Where a config runs: in this process, on a Spark of this machine, or on a cluster. */
export type PlatformName = 'embedded' | 'local-spark' | 'kubernetes'

/** The one place that decides where a config runs. */
export function platformOf({ architecture, platform }: ResolvedConfig): PlatformName {
  if (architecture.pipeline_engine === 'embedded') return 'embedded'
  return platform.compute.spark.runner === 'local' ? 'local-spark' : 'kubernetes'
}
