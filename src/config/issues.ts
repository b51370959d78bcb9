import type { z } from 'zod'
import { nearest } from '../check-options'
import type { ConfigIssue } from '../contracts/errors'
import { soundsSecret } from '../contracts/secrets'
import { adviseUnknownKey } from './known-keys'
import { at } from './tree'

type Issue = z.core.$ZodIssue

/** Every finding of the schema in a user's words. `hidden` holds dotted paths whose values came from the environment. */
export function describeIssues(
  issues: readonly Issue[],
  input: unknown,
  hidden: ReadonlySet<string>,
  shown: (path: readonly PropertyKey[]) => string,
): ConfigIssue[] {
  return issues.flatMap((issue): ConfigIssue[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(key => ({
        path: shown([...issue.path, key]),
        ...adviseUnknownKey(issue.path.map(String), key),
      }))
    }
    const value = at(input, issue.path)
    const secret = hidden.has(issue.path.join('.')) || soundsSecret(String(issue.path.at(-1) ?? ''))
    const found: ConfigIssue = {
      path: shown(issue.path),
      message: `${sentence(issue, value)}${value === undefined ? '' : `; got ${describeValue(value, secret)}`}.`,
    }
    if (issue.code === 'invalid_value' && typeof value === 'string' && !secret) {
      const suggestion = nearest(value, issue.values.map(String))
      return [suggestion ? { ...found, suggestion } : found]
    }
    return [found]
  })
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
  if (secret) return `a ${typeof value} that is not shown`
  if (typeof value !== 'string') return String(value)
  // A URL may carry a password.
  if (/:\/\/|@/.test(value)) return 'text that is not shown'
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
}
