import { z } from 'zod'
import type { ResolvedConfig } from '../contracts/config'
import {
  bucket,
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
import type { LakebenchConfigInput, Shorthand } from './input'
import { KubernetesSchema } from './kubernetes-schema'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const TIB = 1024 ** 4
/** Seconds; a timer of Node counts milliseconds in 31 bits. */
const LONGEST_TIMER = 2_000_000

const executors = () => integer(1, 1000).nullable().default(null)

const BucketsSchema = z.strictObject({
  bronze: bucket().default('lakebench-bronze'),
  silver: bucket().default('lakebench-silver'),
  gold: bucket().default('lakebench-gold'),
})

const S3Schema = z.strictObject({
  endpoint: url('http', 'https').default('').describe('URL of the S3 service; empty: AWS itself.'),
  endpoint_in_cluster: url('http', 'https')
    .default('')
    .describe('URL of the same service as pods reach it; empty: endpoint.'),
  region: filled().default('us-east-1'),
  path_style: z.boolean().default(true).describe('Bucket in the path instead of the host name.'),
  access_key: text().default(''),
  secret_key: text().default(''),
  buckets: BucketsSchema.prefault({}),
  prefix: placeBelow()
    .default('')
    .describe('Folder in each bucket that everything lies below; empty: the bucket itself.'),
  ca_cert: localPath()
    .default('')
    .describe('Path of a CA certificate that the endpoint is checked with.'),
  verify_ssl: z.boolean().default(true),
  create_buckets: z.boolean().default(false).describe('Make missing buckets instead of refusing.'),
})

const StorageSchema = z
  .strictObject({
    type: z.enum(['local', 's3']).default('local'),
    path: localPath()
      .refine(path => path !== '', 'must not be empty')
      .optional()
      .describe('Folder of a local lakehouse, or s3://bucket/prefix. Default: ./lakebench-data.'),
    s3: S3Schema.optional(),
  })
  .transform(storage =>
    storage.type === 's3'
      ? { type: storage.type, s3: storage.s3 ?? S3Schema.parse({}) }
      : { type: storage.type, path: storage.path ?? './lakebench-data' },
  )

const SparkSchema = z.strictObject({
  runner: z.enum(['local', 'kubernetes']).default('local'),
  home: localPath()
    .default('')
    .describe(
      'Folder of a Spark distribution; empty: SPARK_HOME, then PATH, then a pip-installed pyspark.',
    ),
  jars: localPath().default('').describe('Folder whose jars are given to Spark; empty: packages.'),
  packages: z
    .array(
      z
        .string()
        .regex(/^[\w.-]+:[\w.-]+:[\w.-]+$/, 'must be Maven coordinates, group:artifact:version'),
    )
    .nullable()
    .default(null)
    .describe('Maven coordinates that are fetched once; null: what fits the Spark that is found.'),
  cores: integer(1, 1024)
    .nullable()
    .default(null)
    .describe('Cores of a Spark on this machine; null: all.'),
  bronze_executors: executors().describe('Replaces the tier count of bronze-verify.'),
  silver_executors: executors().describe('Replaces the tier count of silver-build.'),
  gold_executors: executors().describe('Replaces the tier count of gold-finalize.'),
  driver_memory: size({ min: 512 * MIB })
    .nullable()
    .default(null),
  profile_share: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('Share of the job profiles that executors and drivers on a cluster get.'),
  conf: z
    .record(
      z.string(),
      z
        .union([z.string(), z.number(), z.boolean()], {
          error: 'must be text, a number, true or false',
        })
        .transform(String),
    )
    .default({})
    .describe('Spark properties, merged over the defaults.'),
})

const EmbeddedSchema = z.strictObject({
  threads: integer(1, 1024)
    .nullable()
    .default(null)
    .describe('Threads of the embedded engine; null: one a core.'),
  memory: size({ min: 128 * MIB })
    .nullable()
    .default(null)
    .describe('Memory limit of the embedded engine; null: planned.'),
})

const ThresholdsSchema = z.strictObject({
  streaming: size()
    .default(100 * GIB)
    .describe('Bronze bytes from which silver is written without a shuffle.'),
  chunked: size()
    .default(5 * TIB)
    .describe('Bronze bytes from which silver is written by date ranges.'),
  skew: z
    .number()
    .min(0)
    .default(100)
    .describe('Hottest date over the mean date, above which hot dates are salted.'),
})

const price = () => z.number().min(0).max(1e6).nullable().default(null)

const PricesSchema = z
  .strictObject({
    currency: filled().max(16).default('USD'),
    core_hour: price().describe('Of one core for one hour.'),
    memory_gib_hour: price().describe('Of one GiB of memory for one hour.'),
    storage_gib_month: price().describe('Of one GiB in storage for one month.'),
  })
  .describe('What the estimate of costs in the report is made from; null: not estimated.')

const gate = () => share().nullable().default(null)

// Ranges that are narrower in the default profile are rules of it (`continuous-profile.ts`).
const ContinuousSchema = z.strictObject({
  profile: z
    .enum(['default', 'short'])
    .default('default')
    .describe(
      'short: intervals of seconds and a minute of run, so that a demo or a test sees every part happen.',
    ),
  bronze_trigger_interval: duration({ min: 1, max: LONGEST_TIMER }).default(30),
  silver_trigger_interval: duration({ min: 1, max: LONGEST_TIMER }).default(60),
  gold_refresh_interval: duration({ min: 1, max: LONGEST_TIMER }).default(300),
  run_duration: duration({ min: 1, max: LONGEST_TIMER }).default(1800),
  max_files_per_trigger: integer(1, 1_000_000).default(50),
  checkpoint_base: placeBelow().min(1).default('checkpoints'),
  benchmark_interval: duration({ min: 1, max: 3600 }).default(300),
  benchmark_warmup: duration({ min: 1, max: 1800 }).default(300),
  bronze_target_file_size_mb: z.number().min(1).max(65_536).default(512),
  silver_target_file_size_mb: z.number().min(1).max(65_536).default(512),
  gold_target_file_size_mb: z.number().min(1).max(65_536).default(128),
})

const PipelineSchema = z.strictObject({
  mode: z.enum(['batch', 'continuous']).default('batch'),
  silver_strategy: z.enum(['auto', 'simple', 'streaming', 'chunked', 'salted']).default('auto'),
  strategy_thresholds: ThresholdsSchema.prefault({}),
  silver_partitioning: z.enum(['auto', 'day', 'month', 'none']).default('auto'),
  gold_partitioning: z.enum(['day', 'month']).default('month'),
  data_clock: day()
    .nullable()
    .default(null)
    .describe('Day that stands for today in recency; null: latest event date + 1.'),
  fingerprint: z.enum(['auto', 'always', 'never']).default('auto'),
  quality_gates: z
    .strictObject({
      max_duplicate_ratio: gate(),
      max_invalid_email_ratio: gate(),
      max_invalid_phone_ratio: gate(),
      max_null_violation_ratio: gate(),
    })
    .prefault({})
    .describe('Shares of rows above which bronze-verify fails; null: reported only.'),
  continuous: ContinuousSchema.prefault({}),
})

const DatagenSchema = z.strictObject({
  scale: z
    .number()
    .positive()
    .max(1e6)
    .default(0.1)
    .describe('1 = 10 GiB of bronze. Default: 0.1 with preset embedded, 10 with the others.'),
  seed: integer(0, Number.MAX_SAFE_INTEGER).default(42),
  file_size: size({ min: MIB })
    .default(512 * MIB)
    .describe('Target size of one raw file.'),
  dirty_data_ratio: share().default(0.08),
  zipf_exponent: z.number().min(0).max(10).default(1.5),
  date_skew: share()
    .default(0)
    .describe('Share of rows on the hottest date beyond the uniform draw.'),
  timestamp_start: timestamp().default('2024-01-01T00:00:00.000Z'),
  timestamp_end: timestamp().default('2025-01-01T00:00:00.000Z').describe('Exclusive.'),
  event_clock: z.enum(['uniform', 'replay']).default('uniform'),
  workers: integer(1, 1024).nullable().default(null).describe('Worker threads; null: one a core.'),
  rows_per_second: z
    .number()
    .min(0)
    .max(1e8)
    .nullable()
    .default(null)
    .describe(
      'Offered load of a continuous run; null: 10 MB/s for each unit of scale; 0: make nothing.',
    ),
})

const BenchmarkSchema = z.strictObject({
  mode: z.enum(['power', 'throughput', 'composite']).default('power'),
  streams: integer(1, 64).default(4),
  cache: z.enum(['hot', 'cold']).default('hot'),
  iterations: integer(1, 100)
    .default(5)
    .describe('Least measured executions of each query in the power part.'),
  min_seconds: z
    .number()
    .min(0)
    .max(3600)
    .default(1)
    .describe(
      'Least measured time of each query in the power part, all its executions together, seconds.',
    ),
  classes: z
    .array(z.enum(['scan', 'filter_prune', 'aggregation', 'analytics', 'operational']))
    .min(1)
    .nullable()
    .default(null)
    .describe('Only these query classes; null: all.'),
  seed: integer(0, Number.MAX_SAFE_INTEGER)
    .default(42)
    .describe('Seeds the order of queries in throughput streams.'),
})

/** Every key of the config, its limits and its default. Presets lay their own defaults under what the user gave. */
export const ConfigSchema = z.strictObject({
  name: filled().max(128).default('lakebench'),
  preset: z.enum(['embedded', 'local-spark', 'kubernetes']).default('embedded'),
  platform: z
    .strictObject({
      storage: StorageSchema.prefault({}),
      kubernetes: KubernetesSchema.prefault({}),
      prices: PricesSchema.prefault({}),
      compute: z
        .strictObject({ embedded: EmbeddedSchema.prefault({}), spark: SparkSchema.prefault({}) })
        .prefault({}),
    })
    .prefault({}),
  architecture: z
    .strictObject({
      pipeline_engine: z.enum(['embedded', 'spark']).default('embedded'),
      catalog: z
        .strictObject({
          type: z.enum(['hadoop', 'rest', 'hive']).default('hadoop'),
          uri: url('http', 'https', 'thrift').default(''),
          uri_in_cluster: url('http', 'https', 'thrift')
            .default('')
            .describe('URI of the same catalog as pods reach it; empty: uri.'),
          warehouse: text().default(''),
          token: text().default(''),
        })
        .prefault({}),
      query_engine: z
        .strictObject({
          type: z.enum(['duckdb', 'trino', 'none']).default('duckdb'),
          url: url('http', 'https').default(''),
          catalog: text().default('lakehouse'),
          user: text().default('lakebench'),
          password: text().default(''),
          ca_cert: localPath().default(''),
        })
        .prefault({}),
      pipeline: PipelineSchema.prefault({}),
      workload: z
        .strictObject({
          schema: z.literal('customer360').default('customer360'),
          datagen: DatagenSchema.prefault({}),
        })
        .prefault({}),
      benchmark: BenchmarkSchema.prefault({}),
      tables: z
        .strictObject({
          bronze: tableName().default('default.bronze_raw'),
          silver: tableName().default('silver.customer_interactions_enriched'),
          gold: tableName().default('gold.customer_executive_dashboard'),
        })
        .prefault({}),
    })
    .prefault({}),
})

/** The config as it may be written in a file: `ConfigSchema` and the shorthands at its top. */
export const ConfigFileSchema = ConfigSchema.extend({
  scale: z
    .number()
    .positive()
    .max(1e6)
    .optional()
    .describe('Short for architecture.workload.datagen.scale.'),
  seed: integer(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('Short for architecture.workload.datagen.seed.'),
  storage: z
    .union([filled(), StorageSchema, S3Schema])
    .optional()
    .describe('Short for platform.storage: a local path, s3://bucket/prefix, or an s3 block.'),
})

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never

// The schema, the resolved contract and the documented input type stay one thing, or this does not compile.
true satisfies Same<DeepReadonly<z.output<typeof ConfigSchema>>, Omit<ResolvedConfig, 'resolved'>>
true satisfies Same<
  DeepReadonly<z.input<typeof ConfigSchema>>,
  Omit<LakebenchConfigInput, keyof Shorthand | 'resolved'>
>
