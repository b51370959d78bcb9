import type { z } from 'zod'
import { JobFailedError } from '../../contracts/errors'

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
