import { z } from 'zod'
import { strictObject } from '../contracts/documents'
import { MIB } from '../shared/format'
import { bucket, duration, filled, integer, localPath, placeBelow, size, text, url } from './fields'

/** An S3 service, and where in it the three layers lie. */
export const S3Schema = strictObject({
  /** URL of the S3 service; empty: AWS itself. */
  endpoint: url('http', 'https').default(''),
  /** URL of the same service as pods reach it; empty: endpoint. */
  endpoint_in_cluster: url('http', 'https').default(''),
  /** Region that requests are signed for. */
  region: filled().default('us-east-1'),
  /** Bucket in the path instead of the host name. */
  path_style: z.boolean().default(true),
  /** Key id of the credentials; empty: those of the environment. */
  access_key: text().default(''),
  /** Secret of the credentials. */
  secret_key: text().default(''),
  /** Bucket of each layer; layers may share one. */
  buckets: strictObject({
    /** Bucket of the raw data. */
    bronze: bucket().default('lakebench-bronze'),
    /** Bucket of the silver table. */
    silver: bucket().default('lakebench-silver'),
    /** Bucket of the gold table. */
    gold: bucket().default('lakebench-gold'),
  }).prefault({}),
  /** Folder in each bucket that everything lies below; empty: the bucket itself. */
  prefix: placeBelow().default(''),
  /** Path of a CA certificate that the endpoint is checked with. */
  ca_cert: localPath().default(''),
  /** Check the endpoint's certificate; Spark refuses false. */
  verify_ssl: z.boolean().default(true),
  /** Make missing buckets instead of refusing. */
  create_buckets: z.boolean().default(false),
})

/** Where the lakehouse lies: in a folder of this machine, or on S3. */
export type StorageConfig =
  | {
      /** Kind of storage. */
      readonly type: 'local'
      /** Folder of the lakehouse. */
      readonly path: string
    }
  | {
      /** Kind of storage. */
      readonly type: 's3'
      /** The service, its buckets and credentials. */
      readonly s3: z.output<typeof S3Schema>
    }

/** The block `platform.storage`; `type` follows from what is given. */
export const StorageSchema = strictObject({
  /** Kind of storage. Default: by which of path and s3 is given, else the preset's. */
  type: z.enum(['local', 's3']).default('local'),
  /** Folder of a local lakehouse, or s3://bucket/prefix. Default: ./lakebench-data. */
  path: localPath()
    .refine(path => path !== '', 'must not be empty')
    .optional(),
  /** The S3 service, its buckets and credentials. */
  s3: S3Schema.optional(),
}).transform(
  (storage): StorageConfig =>
    storage.type === 's3'
      ? { type: 's3', s3: storage.s3 ?? S3Schema.parse({}) }
      : { type: 'local', path: storage.path ?? './lakebench-data' },
)

const TolerationSchema = strictObject({
  /** Key of the taint; empty with operator Exists: every taint. */
  key: text().default(''),
  /** Equal compares the value too; Exists does not. */
  operator: z.enum(['Equal', 'Exists']).default('Equal'),
  /** Value of the taint. */
  value: text().default(''),
  /** Effect of the taint; empty: every effect. */
  effect: z.enum(['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']).default(''),
  /** Seconds that NoExecute is borne; null: for ever. */
  toleration_seconds: integer(0, 86_400).nullable().default(null),
}).refine(
  ({ key, operator }) => key !== '' || operator === 'Exists',
  'needs a key, or operator: Exists',
)

const KubernetesSchema = strictObject({
  /** kubeconfig context; empty: the current one. */
  context: text().default(''),
  /** Namespace of the run's objects; empty: that of the context. */
  namespace: z
    .string()
    .regex(
      /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/,
      'must be a DNS label: lower-case letters, digits and -, at most 63',
    )
    .default(''),
  /** Spark image of drivers and executors. */
  image: text().default(''),
  /** Secrets that pull the images. */
  image_pull_secrets: z.array(filled()).default([]),
  /** Service account of drivers; empty: the default one of the namespace. */
  service_account: text().default(''),
  /** Who submits jobs: the spark-operator, or a spark-submit of this machine where there is no operator. */
  submit: z.enum(['operator', 'spark-submit']).default('operator'),
  /** Labels of the nodes that drivers, executors and pods of data generation may use. */
  node_selector: z.record(filled(), text()).default({}),
  /** Taints that these pods bear, as in a pod; nodes with them count for sizing. */
  tolerations: z.array(TolerationSchema).default([]),
  /** Where executors spill: a claim each, or the disk of the node. */
  scratch: strictObject({
    /** pvc: a claim for each executor; empty-dir: the node's disk. */
    type: z.enum(['pvc', 'empty-dir']).default('pvc'),
    /** Storage class of the claims; empty: the default one of the cluster. */
    storage_class: text().default(''),
    /** Size of an executor's claim; null: the job profile. */
    size: size({ min: MIB }).nullable().default(null),
  }).prefault({}),
  /** How long pods may wait for a node or an image before a job is given up. */
  pending_timeout: duration({ min: 5, max: 86_400 }).default(120),
  /** Raw data made by pods of the cluster. */
  datagen: strictObject({
    /** Image of lakebench whose pods make the raw data; empty: this process does. */
    image: text().default(''),
    /** Pods at once; null: as recommended for the scale. */
    pods: integer(1, 10_000).nullable().default(null),
  }).prefault({}),
})

const price = () => z.number().min(0).max(1e6).nullable().default(null)
const executors = () => integer(1, 1000).nullable().default(null)

const SparkSchema = strictObject({
  /** Where Spark runs: on this machine, or on the cluster. */
  runner: z.enum(['local', 'kubernetes']).default('local'),
  /** Folder of a Spark distribution; empty: SPARK_HOME, then PATH, then a pip-installed pyspark. */
  home: localPath().default(''),
  /** Folder whose jars are given to Spark; empty: packages. */
  jars: localPath().default(''),
  /** Maven coordinates that are fetched once; null: what fits the Spark that is found. */
  packages: z
    .array(
      z
        .string()
        .regex(/^[\w.-]+:[\w.-]+:[\w.-]+$/, 'must be Maven coordinates, group:artifact:version'),
    )
    .nullable()
    .default(null),
  /** Cores of a Spark on this machine; null: all. */
  cores: integer(1, 1024).nullable().default(null),
  /** Replaces the tier count of bronze-verify. */
  bronze_executors: executors(),
  /** Replaces the tier count of silver-build. */
  silver_executors: executors(),
  /** Replaces the tier count of gold-finalize. */
  gold_executors: executors(),
  /** Memory of the driver; null: planned. */
  driver_memory: size({ min: 512 * MIB })
    .nullable()
    .default(null),
  /** Share of the job profiles that executors and drivers on a cluster get. */
  profile_share: z.number().positive().max(1).default(1),
  /** Spark properties, merged over the defaults. */
  conf: z
    .record(
      z.string(),
      z
        .union([z.string(), z.number(), z.boolean()], {
          error: 'must be text, a number, true or false',
        })
        .transform(String),
    )
    .default({}),
})

/** The section `platform`: storage, cluster, prices and compute. */
export const PlatformSchema = strictObject({
  /** Where the lakehouse lies. */
  storage: StorageSchema.prefault({}),
  /** Where the pods of a run may live and what they are made from. */
  kubernetes: KubernetesSchema.prefault({}),
  /** Prices that the report estimates costs from; null: not estimated. */
  prices: strictObject({
    /** Sign in front of the estimate. */
    currency: filled().max(16).default('USD'),
    /** Price of one core for one hour. */
    core_hour: price(),
    /** Price of one GiB of memory for one hour. */
    memory_gib_hour: price(),
    /** Price of one GiB in storage for one month. */
    storage_gib_month: price(),
  }).prefault({}),
  /** Resources of the engines. */
  compute: strictObject({
    /** The embedded engine's share of this machine. */
    embedded: strictObject({
      /** Threads of the embedded engine; null: one a core. */
      threads: integer(1, 1024).nullable().default(null),
      /** Memory limit of the embedded engine; null: planned. */
      memory: size({ min: 128 * MIB })
        .nullable()
        .default(null),
    }).prefault({}),
    /** Spark: where it is found, and what it gets. */
    spark: SparkSchema.prefault({}),
  }).prefault({}),
})
