import { z } from 'zod'
import { STREAM_NAMES } from '../../contracts/streams'
import { DOCUMENT_VERSION, type JobDocument } from './job-document'

const count = z.number().nonnegative()
const unknown = count.nullable()

/** Sum over all Spark stages of the job. `null`: Spark does not tell. */
const MeasuredSchema = z.object({
  /** Inside the job, from its first look at the files to its last commit. */
  elapsed_seconds: count,
  bytes_read: unknown,
  bytes_written: unknown,
  shuffle_bytes: unknown,
  cpu_seconds: unknown,
  /** Resident set of a driver that carries out its tasks itself. */
  peak_memory_bytes: unknown,
  tasks: count,
  longest_task_seconds: unknown,
})

const head = {
  version: z.literal(DOCUMENT_VERSION),
  run_id: z.string(),
  spark_version: z.string(),
  measured: MeasuredSchema,
}
/** A top-level column of a raw file; see `RawField`. */
export const RawFieldSchema = z.object({
  name: z.string(),
  type: z.string(),
  optional: z.boolean(),
  inner: z.array(z.string()),
})
/** A table after a write. */
const LayoutSchema = z.object({
  snapshot_id: z.string().nullable(),
  /** lakebench's entries in the snapshot's summary. */
  summary: z.record(z.string(), z.string()),
  partitioned_by: z.string().nullable(),
  files: z.array(
    z.object({
      bytes: count,
      rows: count,
      /** As Spark prints it; `null` of a table without partitions. */
      partition: z.string().nullable(),
      /** Bounds of the event date, days since 1970. */
      lower_day: z.number().nullable(),
      upper_day: z.number().nullable(),
    }),
  ),
})
/** Files that a job read, and their rows by their footers. */
const RawInputSchema = z.object({ digest: z.string(), files: count, rows: count })
const written = {
  snapshot_id: z.string(),
  input_rows: count,
  output_rows: count,
  output_files: count,
  output_bytes: count,
  layout: LayoutSchema,
}

const BronzeVerifyAnswerSchema = z.object({
  ...head,
  job: z.literal('bronze-verify'),
  files: z.array(z.object({ key: z.string(), rows: unknown, schema: unknown })),
  /** The different schemas; a file names its by number. */
  schemas: z.array(z.array(RawFieldSchema)),
  unreadable: z.array(z.object({ file: z.string(), message: z.string() })),
  /** Values that have no place in their column. */
  unfit: z.array(z.object({ file: z.string(), column: z.string(), rows: count })),
  raw_input: RawInputSchema.nullable(),
  /** Measure by name; `null` where a break kept the rows from being read. */
  content: z.record(z.string(), z.number()).nullable(),
  keys: z
    .array(
      z.object({
        kind: z.enum(['id', 'date', 'flag']),
        event_date: z.string().nullable(),
        flag: z.string().nullable(),
        row_count: count,
        ids: count,
        rows_with_id: count,
        min_timestamp: z.string().nullable(),
        max_timestamp: z.string().nullable(),
        outside_window: count,
        unfit: count,
      }),
    )
    .nullable(),
  /** From the footers; `null` where one is silent. */
  null_counts: z.record(z.string(), count).nullable(),
})

const SilverBuildAnswerSchema = z.object({
  ...head,
  ...written,
  job: z.literal('silver-build'),
  raw_input: RawInputSchema,
  strategy: z.enum(['simple', 'streaming', 'chunked', 'salted']),
  /** Writes that the table came from. */
  steps: count,
  partitions: count,
})

/** The rows of each source's statement, as text, or why there are none. */
const SumsSchema = z.partialRecord(
  z.enum(['bronze', 'silver', 'gold', 'findings']),
  z.object({
    rows: z.array(z.record(z.string(), z.string().nullable())).nullable(),
    problem: z.string().nullable(),
  }),
)

const GoldFinalizeAnswerSchema = z.object({
  ...head,
  ...written,
  job: z.literal('gold-finalize'),
  input_bytes: count,
  /** How distinct values were counted: in memory, or by expanding the rows. */
  distinct: z.enum(['sets', 'expand']),
  checks: z.object({
    seconds: count,
    /** Tables of which all was done; the others are asked for again. */
    tables: z.partialRecord(
      z.enum(['silver', 'gold']),
      z.object({ snapshot_id: z.string(), fingerprint: z.string().nullable() }),
    ),
    sums: SumsSchema,
  }),
})

const FingerprintAnswerSchema = z.object({
  ...head,
  job: z.literal('fingerprint'),
  fingerprint: z.string(),
})
const ProfileAnswerSchema = z.object({
  ...head,
  job: z.literal('profile'),
  dates: z.array(z.object({ event_date: z.string().nullable(), row_count: count })),
})
const SumsAnswerSchema = z.object({
  ...head,
  job: z.literal('sums'),
  sums: SumsSchema,
})
const TidyAnswerSchema = z.object({
  ...head,
  job: z.literal('tidy'),
  removed: count,
  /** As it lies then; `null` where there is no table. */
  layout: LayoutSchema.nullable(),
})

/** How streams ended; what they did stands in their own documents. */
const ended = {
  ...head,
  streams: z.array(
    z.object({
      stream: z.enum(STREAM_NAMES),
      state: z.enum(['drained', 'stopped', 'starting']),
      last_batch: unknown,
      /** `null` where the stream did not drain. */
      layout: LayoutSchema.nullable(),
    }),
  ),
}

/** The document that a PySpark job writes when it is done. */
export const ResultDocumentSchema = z.discriminatedUnion('job', [
  BronzeVerifyAnswerSchema,
  SilverBuildAnswerSchema,
  GoldFinalizeAnswerSchema,
  FingerprintAnswerSchema,
  ProfileAnswerSchema,
  SumsAnswerSchema,
  TidyAnswerSchema,
  z.object({ ...ended, job: z.literal('bronze-ingest') }),
  z.object({ ...ended, job: z.literal('silver-stream') }),
  z.object({ ...ended, job: z.literal('gold-refresh') }),
  z.object({ ...ended, job: z.literal('streams') }),
])
export type ResultDocument = z.infer<typeof ResultDocumentSchema>
export type ResultOf<J extends JobDocument['job']> = Extract<ResultDocument, { job: J }>
