import { JobFailedError } from '../../../contracts/errors'
import type { DriverError } from './control-channel'
import { type Diagnosis, diagnose, innermostCause } from './diagnose'
import type { DriverExit } from './driver-process'

/** All texts of a driver that fails. Everything in them is free of secrets already. */

export interface DriverFacts {
  readonly exit: DriverExit
  /** Last lines of output, oldest first. */
  readonly lines: readonly string[]
  readonly log: string
}

/** Lines shown in an error. */
const SHOWN_LINES = 20
const LONGEST_MESSAGE = 300

/** The module said what went wrong. */
export function jobFailed(module: string, error: DriverError, log: string): JobFailedError {
  const cause = new Error(error.message)
  cause.name = error.type
  cause.stack = error.stack
  const diagnosis = diagnose({ exitCode: null, signal: null, lines: [], error })
  const inner = firstLine(innermostCause(error))
  const outer = firstLine(error.message)
  const said = inner.includes(outer) || outer.includes(inner) ? inner : `${outer} (${inner})`
  return new JobFailedError(
    `The Spark job ${module} failed: ${sentence(said)} ${diagnosis?.remedy ?? 'The log has the whole error.'} Log: ${log}`,
    { cause },
  )
}

/** The process ended without being asked to. */
export function driverEnded(when: string, { exit, lines, log }: DriverFacts): JobFailedError {
  const diagnosis = diagnose({ exitCode: exit.code, signal: exit.signal, lines })
  return new JobFailedError(
    `Spark's driver (spark-submit) ended with ${exitText(exit)} ${when}: ${because(diagnosis, lines)} Log: ${log}${shown(lines)}`,
  )
}

/** It runs, but nobody hears of it. */
export function driverNotReady(
  seconds: number,
  { lines, log }: Omit<DriverFacts, 'exit'>,
): JobFailedError {
  const diagnosis = diagnose({ exitCode: null, signal: null, lines })
  return new JobFailedError(
    `Spark's driver (spark-submit) was not ready within ${seconds} s and was ended: ${because(diagnosis, lines)} Log: ${log}${shown(lines)}`,
  )
}

function because(diagnosis: Diagnosis | null, lines: readonly string[]): string {
  if (diagnosis !== null) return `${sentence(diagnosis.cause)} ${diagnosis.remedy}`
  const last = lines.at(-1)
  return last === undefined
    ? 'it said nothing. See that this machine has memory and processors to spare.'
    : `the cause is not known here; it said last: ${sentence(firstLine(last))}`
}

/** A shell gives 128 + n for a command that signal n ended. */
const SIGNALS: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

function exitText({ code, signal }: DriverExit): string {
  if (signal !== null) return `signal ${signal}`
  if (code === null) return 'no exit code'
  return SIGNALS[code] ? `exit code ${code} (${SIGNALS[code]})` : `exit code ${code}`
}

const shown = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\nLast lines:\n${lines.slice(-SHOWN_LINES).join('\n')}`

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)
