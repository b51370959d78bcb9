import { z } from 'zod'
import { JobDocumentSchema } from './job-document'
import { ResultDocumentSchema } from './result-document'

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
