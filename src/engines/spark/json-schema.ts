import { z } from 'zod'
import { JobDocumentSchema } from './job-document'
import { ResultDocumentSchema } from './result-document'
import {
  StreamBatchDocumentSchema,
  StreamControlSchema,
  StreamProgressSchema,
} from './streams/stream-documents'

/** JSON Schema (draft 2020-12) of what a PySpark job is told. */
export function jobDocumentJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(JobDocumentSchema)
  return { $schema, title: 'lakebench Spark job document', ...schema }
}

/** JSON Schema (draft 2020-12) of what a PySpark job answers. */
export function resultDocumentJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(ResultDocumentSchema)
  return { $schema, title: 'lakebench Spark result document', ...schema }
}

/** JSON Schema (draft 2020-12) of what a PySpark stream tells while it runs, and is told. */
export function streamDocumentsJsonSchema(): Record<string, unknown> {
  const documents = z.union([StreamProgressSchema, StreamBatchDocumentSchema, StreamControlSchema])
  const { $schema, ...schema } = z.toJSONSchema(documents)
  return { $schema, title: 'lakebench Spark stream documents', ...schema }
}
