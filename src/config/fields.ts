import { z } from 'zod'
import { formatSize } from '../shared/format'
import { readLocalPath } from '../shared/local-path'
import { parseDay, parseDuration, parseSize, parseTimestamp } from './units'

interface SizeLimits {
  readonly min?: number
}

/** Bytes; text with a binary unit or a bare number. */
export function size({ min = 0 }: SizeLimits = {}) {
  const message = 'must be a size such as 512mb, 64g or a whole number of bytes'
  return z.union([z.number(), z.string()], { error: message }).transform((value, context) => {
    const bytes = parseSize(value)
    if (bytes === null) context.addIssue({ code: 'custom', message })
    else if (bytes < min)
      context.addIssue({ code: 'custom', message: `must be at least ${formatSize(min)}` })
    return bytes ?? 0
  })
}

interface DurationLimits {
  readonly min?: number
  readonly max?: number
}

/** Seconds; text with a unit or a bare number. */
export function duration({ min = 0, max = Number.POSITIVE_INFINITY }: DurationLimits = {}) {
  const message = 'must be a duration such as "30 seconds", "5 minutes", 1h or a number of seconds'
  return z.union([z.number(), z.string()], { error: message }).transform((value, context) => {
    const seconds = parseDuration(value)
    if (seconds === null) context.addIssue({ code: 'custom', message })
    else if (seconds < min)
      context.addIssue({ code: 'custom', message: `must be at least ${min} seconds` })
    else if (seconds > max)
      context.addIssue({ code: 'custom', message: `must be at most ${max} seconds` })
    return seconds ?? 0
  })
}

/** ISO-8601 UTC out of a day or a full timestamp. */
export function timestamp() {
  const message =
    'must be a day (2024-01-01) or an ISO-8601 time, to the millisecond (2024-01-01T06:00:00Z)'
  return z.string({ error: message }).transform((value, context) => {
    const iso = parseTimestamp(value)
    if (iso === null) context.addIssue({ code: 'custom', message })
    return iso ?? ''
  })
}

/** `YYYY-MM-DD`. */
export function day() {
  const message = 'must be a day that exists, written 2024-01-31'
  return z.string({ error: message }).transform((value, context) => {
    const iso = parseDay(value)
    if (iso === null) context.addIssue({ code: 'custom', message })
    return iso ?? ''
  })
}

/** Whole number within both ends. */
export const integer = (min: number, max: number) => z.int().min(min).max(max)

/** Number within 0..1. */
export const share = () => z.number().min(0).max(1)

/** Text without NUL, which no path, name or command line can carry. */
export const text = () =>
  z.string().refine(value => !value.includes('\0'), 'must not contain a NUL character')

/** Text of at least one character, without NUL. */
export const filled = () => text().min(1)

/** Path on this machine; empty where none is given. */
export const localPath = () =>
  text().transform((value, context) => {
    const read = readLocalPath(value)
    if ('path' in read) return read.path
    context.addIssue({ code: 'custom', message: read.problem })
    return ''
  })

/** Bucket that S3 and Hadoop can address. */
export const bucket = () =>
  z
    .string()
    .refine(
      isBucket,
      'must be the name of a bucket, without s3://: 3 to 63 lower-case letters, digits, - and dots; no _, and no digit first after the last dot, for Hadoop, and so Spark, could not address it',
    )

/** Hadoop reads a bucket as the host of a URI. */
export function isBucket(name: string): boolean {
  if (!/^[a-z0-9.-]{3,63}$/.test(name)) return false
  const labels = name.split('.')
  return (
    labels.every(label => /^[a-z0-9](.*[a-z0-9])?$/.test(label)) &&
    !(labels.length > 1 && /^\d/.test(labels.at(-1)!))
  )
}

/** Place below a bucket or folder, in plain parts; `prefix: ''` is the bucket itself. */
export const placeBelow = () =>
  z
    .string()
    .regex(
      /^(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._=-]+(?:\/(?!$)|$))*$/,
      'must be folders below the bucket, as in a/b: letters, digits and . _ = -, no / at either end, none empty, . or ..',
    )
    .max(512)

/** Empty, or an absolute URL of one of the schemes. The value is never shown: URLs carry passwords. */
export function url(...schemes: readonly string[]) {
  const message = `must be a URL that starts with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`
  return text().refine(
    value =>
      value === '' || (schemes.some(s => value.startsWith(`${s}://`)) && URL.canParse(value)),
    message,
  )
}

/** `namespace.table`; plain names only, so that nothing a user types is ever executed as SQL. */
export const tableName = () =>
  z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$/,
      'must be `namespace.table`, both of letters, digits and _ and not starting with a digit; quotes, further dots, semicolons and spaces are refused',
    )
