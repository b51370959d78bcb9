import { z } from 'zod'

/** Both documents bear it; the jobs refuse another one. */
export const DOCUMENT_VERSION = 1

const head = { version: z.literal(DOCUMENT_VERSION), run_id: z.string(), result: z.string() }
const sql = z.string()
const properties = z.record(z.string(), z.string())

const TableSchema = z.object({ catalog: z.string(), namespace: z.string(), table: z.string() })

const TargetSchema = TableSchema.extend({
  /** Folder of the table where the catalog leaves that to us. */
  location: z.string().nullable(),
  partition: z.object({ column: z.string(), transform: z.enum(['day', 'month']) }).nullable(),
  properties,
})

const RawSchema = z.object({
  files: z.array(z.object({ uri: z.string(), key: z.string(), bytes: z.number() })),
  /** `exact` and `castable`: patterns of Parquet types, e.g. `int64 (TIMESTAMP(MICROS,false))`; `type` is Spark's. */
  columns: z.array(z.object({ name: z.string(), type: z.string(), exact: z.string(), castable: z.string() })),
})

const BronzeVerifyDocumentSchema = z.object({
  ...head,
  job: z.literal('bronze-verify'),
  raw: RawSchema,
  /** `{raw}` stands for the raw rows. */
  content_sql: sql,
  keys_sql: sql,
  footer_null_columns: z.array(z.string()),
})

const ChunkSchema = z.object({
  /** Dates, inclusive; `null`: rows without a date. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  where: sql,
})

const StrategySchema = z.discriminatedUnion('name', [
  z.object({ name: z.enum(['simple', 'salted']), cluster_by: z.array(sql), tasks: z.number() }),
  z.object({ name: z.literal('streaming'), sort_within_tasks: z.array(sql) }),
  z.object({ name: z.literal('chunked'), chunks: z.array(ChunkSchema) }),
])

const SilverBuildDocumentSchema = z.object({
  ...head,
  job: z.literal('silver-build'),
  raw: RawSchema,
  /** `{raw}` stands for the raw rows, `{where}` for a further condition. */
  select: sql,
  /** What silver keeps, over raw columns. */
  filter: sql,
  target: TargetSchema,
  strategy: StrategySchema,
  /** Spark SQL settings while the job runs. */
  settings: properties,
  write_options: properties,
  snapshot_properties: properties,
})

const GoldFinalizeDocumentSchema = z.object({
  ...head,
  job: z.literal('gold-finalize'),
  silver: TableSchema,
  /** `{silver}` stands for the table. */
  select_small_dates: sql,
  select_any_dates: sql,
  /** Rows of a date up to which the first is used. */
  small_date_rows: z.number(),
  target: TargetSchema,
  write_options: properties,
  snapshot_properties: properties,
})

const FingerprintDocumentSchema = z.object({
  ...head,
  job: z.literal('fingerprint'),
  table: TableSchema,
  /** `{table}` stands for it. */
  select: sql,
})
const ProfileDocumentSchema = z.object({ ...head, job: z.literal('profile'), raw: RawSchema, select: sql })
const TidyDocumentSchema = z.object({ ...head, job: z.literal('tidy'), table: TableSchema })

/** What a PySpark job is told: everything it needs, nothing that it could look up. */
export const JobDocumentSchema = z.discriminatedUnion('job', [
  BronzeVerifyDocumentSchema,
  SilverBuildDocumentSchema,
  GoldFinalizeDocumentSchema,
  FingerprintDocumentSchema,
  ProfileDocumentSchema,
  TidyDocumentSchema,
])
export type JobDocument = z.infer<typeof JobDocumentSchema>
export type TableReference = z.infer<typeof TableSchema>
export type WriteStrategy = z.infer<typeof StrategySchema>

/** The module below `spark-jobs/` that carries out a job. */
export const MODULES: Readonly<Record<JobDocument['job'], string>> = {
  'bronze-verify': 'bronze_verify',
  'silver-build': 'silver_build',
  'gold-finalize': 'gold_finalize',
  fingerprint: 'table_care',
  profile: 'table_care',
  tidy: 'table_care',
}
