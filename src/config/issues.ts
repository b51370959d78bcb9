import type { z } from 'zod'
import type { ConfigIssue } from '../contracts/errors'
import { nearest } from '../shared/check-options'
import { soundsSecret } from '../shared/redaction'
import { adviseEarlierValue } from './earlier-keys'
import { adviseUnknownKey } from './known-keys'
import { at } from './tree'

type Issue = z.core.$ZodIssue

/** A problem at a path of the whole config. */
export interface PathIssue extends Omit<ConfigIssue, 'path' | 'position'> {
  readonly path: readonly PropertyKey[]
}

/**
 * Every finding of the schema in a user's words. What was given is not repeated, other than short numbers and what is one of our
 * words: a secret may stand where it does not belong.
 *
 * @param hidden dotted paths whose values came from the environment
 */
export function describeIssues(
  issues: readonly Issue[],
  input: unknown,
  hidden: ReadonlySet<string>,
): PathIssue[] {
  return issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key, i) => ({
          path: [...issue.path, key],
          ...(i < MOST_ADVISED
            ? adviseUnknownKey(issue.path.map(String), key)
            : { message: 'unknown key.' }),
        }))
      : [describeIssue(issue, at(input, issue.path), hidden)],
  )
}

/** Limit of the unknown keys of one section that are advised on; each is compared with all there are. */
const MOST_ADVISED = 50

function describeIssue(issue: Issue, value: unknown, hidden: ReadonlySet<string>): PathIssue {
  const dotted = issue.path.join('.')
  const secret = hidden.has(dotted) || soundsSecret(String(issue.path.at(-1) ?? ''))
  const earlier = secret ? undefined : adviseEarlierValue(dotted, value)
  const what = sentence(issue, value)
  // A message of whole sentences says it all.
  const got = what.endsWith('.')
    ? ''
    : value === undefined
      ? '.'
      : `; got ${describeValue(value, secret)}.`
  const found: PathIssue = {
    path: issue.path,
    message: `${what}${got}${earlier ? ` ${earlier}` : ''}`,
  }
  if (issue.code !== 'invalid_value' || typeof value !== 'string' || secret || earlier) return found
  const suggestion = nearest(value, issue.values.map(String))
  return suggestion ? { ...found, suggestion } : found
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with keys',
  record: 'a section with keys',
}

function sentence(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    if (issue.expected === 'number' && typeof value === 'number') return 'must be a finite number'
    return `must be ${KINDS[issue.expected] ?? issue.expected}`
  }
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
  if (issue.code === 'too_small') {
    if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty'
    return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`
  }
  if (issue.code === 'too_big') {
    if (issue.origin === 'string') return `must be at most ${issue.maximum} characters long`
    return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`
  }
  return issue.message
}

function describeValue(value: unknown, secret: boolean): string {
  if (value === null) return 'nothing (null)'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section'
  if (value === '') return 'empty text'
  if (typeof value === 'string') return 'text'
  const shown = String(value)
  return secret || shown.length > LONGEST_NUMBER ? `a ${typeof value}` : shown
}

/** Digits; a longer number may be a password. */
const LONGEST_NUMBER = 8
