import { z } from 'zod'
import { schemaBreaks } from '../../../workload/raw-schema'
import { DOCUMENT_VERSION } from '../job-document'
import { RawFieldSchema } from '../result-document'

const count = z.number().nonnegative()
const head = {
  version: z.literal(DOCUMENT_VERSION),
  /** The run that the tables belong to. */
  run_id: z.string(),
  stream: z.enum(['bronze-ingest', 'silver-stream', 'gold-refresh']),
}

/** `<stream>/progress.json`: state and counts of a stream, since this process began. */
export const StreamProgressSchema = z.object({
  ...head,
  state: z.enum(['starting', 'running', 'draining', 'drained', 'stopped', 'failed']),
  error: z.string().nullable(),
  /** The Java that commits (`shared/process-identity.ts`), so that a resumed run can see whether it lives. */
  process: z.object({
    host: z.string(),
    pid: z.number(),
    start_ticks: z.string().nullable(),
    pid_namespace: z.string().nullable(),
  }),
  /** Another number each time; a label. */
  updated_ms: z.number(),
  /** When this was reported, on the process's monotonic clock. */
  reported_seconds: z.number(),
  /** Batches that were committed: each has a document. */
  first_batch: count.nullable(),
  last_batch: count.nullable(),
  empty_triggers: count,
  retries: count,
  last_retry: z.string().nullable(),
  compactions: count,
  files_before: count,
  files_after: count,
  expired_files: count,
  maintenance_failures: z.array(z.string()),
  /** `schema` of a file that was left out for its columns, the reason of any other. */
  quarantined: z.array(
    z.object({
      file: z.string(),
      reason: z.string().nullable(),
      schema: z.array(RawFieldSchema).nullable(),
    }),
  ),
})
export type StreamProgress = z.infer<typeof StreamProgressSchema>
export type QuarantinedFile = StreamProgress['quarantined'][number]

/** Why a file was left out, as bronze-verify says it. */
export const quarantineReason = ({ file, reason, schema }: QuarantinedFile): string =>
  reason ?? schemaBreaks(file, schema ?? [])[0]?.message ?? 'its columns cannot be read'

/** `<stream>/batches/000001.json`: a batch that is in its table. */
export const StreamBatchDocumentSchema = z.object({
  ...head,
  /** Counts from 1 over the whole run. */
  batch: count,
  /** Spark's own number. */
  epoch: count,
  snapshot_id: z.string(),
  /** The last batch of the stream before that the table now holds; `null` of bronze. */
  source_batch: count.nullable(),
  /** Raw files that a batch of bronze took; `seen_seconds`: from when the stream first saw one to `told_seconds`. */
  sources: z.array(
    z.object({
      key: z.string(),
      rows: count,
      modified_ms: z.number().nullable(),
      seen_seconds: count,
    }),
  ),
  /** When the commit was known, on the process's monotonic clock. */
  reported_seconds: z.number(),
  seconds: count,
  input_rows: count,
  output_rows: count,
  bytes: count,
  files: count,
})
export type StreamBatchDocument = z.infer<typeof StreamBatchDocumentSchema>

/** `control.json`: lakebench's command to the streams. */
export const StreamControlSchema = z.object({
  /** Grows as long as lakebench lives. */
  heartbeat: z.number(),
  command: z.enum(['drain', 'stop']).nullable(),
})
export type StreamControl = z.infer<typeof StreamControlSchema>
