import { JobFailedError } from '../../../contracts/errors'
import type { DriverError } from './control-channel'
import { diagnose, firstLine, innermostCause, sentence } from './diagnose'
import type { DriverExit } from './driver-process'
import type { OutputLog } from './output-log'

/** Texts of a driver that fails. Everything in them is free of secrets already. */

type DriverLog = Pick<OutputLog, 'lines' | 'path'>

/** Lines shown in an error. */
const SHOWN_LINES = 20

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
export const driverEnded = (when: string, exit: DriverExit, log: DriverLog): JobFailedError =>
  driverFailed(`ended with ${exitText(exit.code, exit.signal)} ${when}`, exit, log)

/** It runs, but nobody hears of it. */
export const driverNotReady = (seconds: number, log: DriverLog): JobFailedError =>
  driverFailed(`was not ready within ${seconds} s and was ended`, { code: null, signal: null }, log)

function driverFailed(what: string, { code, signal }: DriverExit, log: DriverLog): JobFailedError {
  const { lines, path } = log
  const diagnosis = diagnose({ exitCode: code, signal, lines })
  const last = lines.at(-1)
  const because = diagnosis
    ? `${sentence(diagnosis.cause)} ${diagnosis.remedy}`
    : last === undefined
      ? 'it said nothing. See that this machine has memory and processors to spare.'
      : `the cause is not known here; it said last: ${sentence(firstLine(last))}`
  return new JobFailedError(
    `Spark's driver (spark-submit) ${what}: ${because} Log: ${path}${lastLines(lines)}`,
  )
}

export const exitText = (code: number | null, signal?: string | number | null): string =>
  signal ? `signal ${signal}` : code === null ? 'no exit code' : `exit code ${code}`

export const lastLines = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\nLast lines:\n${lines.slice(-SHOWN_LINES).join('\n')}`
