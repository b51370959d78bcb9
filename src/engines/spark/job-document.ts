import { z } from 'zod'
import { JobFailedError } from '../../contracts/errors'

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
  /** `type` is Spark's; `readings` say how a column is read from the types that it may have in a file. */
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      readings: z.record(
        z.string(),
        z.object({ read: z.string().nullable(), sql: z.string(), lossy: z.boolean() }),
      ),
    }),
  ),
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
  /** Condition that silver's rows keep, over raw columns. */
  filter: sql,
  target: TargetSchema,
  strategy: StrategySchema,
  /** Spark SQL settings while the job runs. */
  settings: properties,
  write_options: properties,
  snapshot_properties: properties,
})

const goldSelects = {
  /** `{silver}` stands for the table. */
  select_small_dates: sql,
  select_any_dates: sql,
  /** Rows of a date up to which the first is used. */
  small_date_rows: z.number(),
}

/** Sums by role, and the dirt in the bronze table where it is asked for; `{source}` stands for the raw rows or the table. */
const SourcesSchema = z.partialRecord(
  z.enum(['bronze', 'silver', 'gold', 'findings']),
  z.union([
    z.object({ raw: RawSchema, select: sql }),
    z.object({ table: TableSchema, select: sql }),
  ]),
)

const DigestSchema = z.object({
  table: TableSchema,
  /** `{table}` stands for it. */
  select: sql,
})

const GoldFinalizeDocumentSchema = z.object({
  ...head,
  job: z.literal('gold-finalize'),
  silver: TableSchema,
  ...goldSelects,
  target: TargetSchema,
  write_options: properties,
  snapshot_properties: properties,
  /** Work on the tables once they are written, when the meter stands: expiry of old snapshots, digests and sums. */
  checks: z.object({
    tables: z.partialRecord(z.enum(['silver', 'gold']), DigestSchema),
    /** Bytes of a table up to which its digest is made. */
    fingerprint_limit: z.number(),
    sources: SourcesSchema,
  }),
})

const FingerprintDocumentSchema = z.object({
  ...head,
  job: z.literal('fingerprint'),
  ...DigestSchema.shape,
})
const ProfileDocumentSchema = z.object({
  ...head,
  job: z.literal('profile'),
  raw: RawSchema,
  select: sql,
})
const SumsDocumentSchema = z.object({ ...head, job: z.literal('sums'), sources: SourcesSchema })
const TidyDocumentSchema = z.object({ ...head, job: z.literal('tidy'), table: TableSchema })

/** Fields that the three streams of continuous mode share. */
const stream = {
  ...head,
  /** Run that the tables belong to. */
  stream_run: z.string(),
  trigger_seconds: z.number(),
  /** Folder of Spark's checkpoint; one a run and stream. */
  checkpoint: z.string(),
  /** Go on with table and checkpoint; else both are made anew. */
  resume: z.boolean(),
  /** Folder of progress, batches and commands; one for each time that the streams are started. */
  documents: z.string(),
  /** The stream that writes the source. */
  upstream: z.enum(['bronze-ingest', 'silver-stream']).nullable(),
  /** Table of the stream that reads the target. */
  reader: TableSchema.nullable(),
  target: TargetSchema,
  maintenance: z.object({
    target_file_size: z.number(),
    /** Small files of a partition that are worth a rewrite. */
    fewest_files: z.number(),
    retention_seconds: z.number(),
    /** Newest snapshots that stay, whatever their age. */
    keep_last: z.number(),
  }),
  /** From the first of a row of failures that may pass, to the last attempt. */
  retry_seconds: z.number(),
  write_options: properties,
  snapshot_properties: properties,
}

const BronzeIngestDocumentSchema = z.object({
  ...stream,
  job: z.literal('bronze-ingest'),
  /** Folder of the raw files; `prefix` is what their keys begin with. */
  raw: RawSchema.pick({ columns: true }).extend({ uri: z.string(), prefix: z.string() }),
  max_files_per_trigger: z.number(),
})

const SilverStreamDocumentSchema = z.object({
  ...stream,
  job: z.literal('silver-stream'),
  source: TableSchema,
  /** `{raw}` stands for new rows of bronze. */
  select: sql,
})

const GoldRefreshDocumentSchema = z.object({
  ...stream,
  job: z.literal('gold-refresh'),
  source: TableSchema,
  ...goldSelects,
})

/** All streams in one driver; each has a document of its own. */
const StreamsDocumentSchema = z.object({
  ...head,
  job: z.literal('streams'),
  streams: z.array(z.string()),
})

/** The document that a PySpark job is given: everything it needs, nothing that it could look up. */
export const JobDocumentSchema = z.discriminatedUnion('job', [
  BronzeVerifyDocumentSchema,
  SilverBuildDocumentSchema,
  GoldFinalizeDocumentSchema,
  FingerprintDocumentSchema,
  ProfileDocumentSchema,
  SumsDocumentSchema,
  TidyDocumentSchema,
  BronzeIngestDocumentSchema,
  SilverStreamDocumentSchema,
  GoldRefreshDocumentSchema,
  StreamsDocumentSchema,
])
export type JobDocument = z.infer<typeof JobDocumentSchema>
/** Fields that all documents begin with, the job's name aside. */
export type JobHead = Pick<JobDocument, 'version' | 'run_id' | 'result'>
export type TableReference = z.infer<typeof TableSchema>
export type WriteStrategy = z.infer<typeof StrategySchema>

/** The module below `spark-jobs/` that carries out a job. */
export const MODULES: Readonly<Record<JobDocument['job'], string>> = {
  'bronze-verify': 'bronze_verify',
  'silver-build': 'silver_build',
  'gold-finalize': 'gold_finalize',
  fingerprint: 'table_care',
  profile: 'table_care',
  sums: 'table_care',
  tidy: 'table_care',
  'bronze-ingest': 'streams',
  'silver-stream': 'streams',
  'gold-refresh': 'streams',
  streams: 'streams',
}

/** Reads a job's document. @throws JobFailedError naming the document for one that is cut or of another shape */
export function readDocument<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw unusable(what, `it is cut or no JSON, in ${bytes.length} bytes`)
  }
  const read = schema.safeParse(document)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  throw unusable(what, `${path.join('.')}: ${message}`)
}

export const unusable = (what: string, why: string): JobFailedError =>
  new JobFailedError(
    `${what} cannot be used: ${why}. See that the store keeps what is written to it, and that the jobs in spark-jobs/ are those of this lakebench.`,
  )
