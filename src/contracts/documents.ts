import { z } from 'zod'
import type { ConfigIssue } from './errors'

/** Told at once; a document that is none may have thousands. */
const MOST_ISSUES = 20

/**
 * What is wrong with a document that lakebench wrote, field by field. No key that it does not know is repeated, nor a value: a document
 * may be anything, and hold a secret.
 */
export function documentIssues({ issues }: z.ZodError): ConfigIssue[] {
  const found = issues.slice(0, MOST_ISSUES).map(issue => ({
    path: plainPath(issue.path),
    message:
      issue.code === 'unrecognized_keys' ? 'has keys that are not known.' : `${issue.message}.`,
  }))
  const more = issues.length - found.length
  return more > 0 ? [...found, { path: '…', message: `and ${more} more.` }] : found
}

/** Names of fields are short and plain; below a map of free keys anything may stand. */
export function plainPath(path: readonly PropertyKey[]): string {
  return path.map(part => (/^[\w-]{1,40}$/.test(String(part)) ? String(part) : '…')).join('.')
}

/** Why `JSON.parse` refused a text, without the words of the text that its own message has. */
export function jsonFault(cause: unknown): string {
  const { message } = cause as Error
  const [, position] = /position (\d+)/.exec(message) ?? []
  if (/end of JSON/i.test(message)) return 'it ends too early'
  return position === undefined
    ? 'a value or bracket is wrong or missing'
    : `it is wrong from character ${position} on`
}

/**
 * `z.strictObject` whose type is the literal that was written: the comments of its keys reach the emitted types, and so the hover text
 * of what is inferred from it. zod's own type is a copy of it that has none.
 */
export const strictObject = <T extends z.core.$ZodLooseShape>(
  shape: T,
): z.ZodObject<T, z.core.$strict> => z.strictObject(shape) as never

/** `z.object`, whose keys keep their comments as those of `strictObject` do. */
export const object = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strip> =>
  z.object(shape) as never
