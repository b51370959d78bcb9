import type { DriverError } from './control-channel'
import { type Cause, KNOWN_CAUSES, OUT_OF_MEMORY } from './known-causes'

export interface Failure {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Last lines of the driver's output, oldest first, free of secrets. */
  readonly lines: readonly string[]
  /** The driver's report of the job, where it could make one, free of secrets. */
  readonly error?: DriverError | undefined
}

export interface Diagnosis {
  /** The line that tells, e.g. `java.net.UnknownHostException: minio.example`. */
  readonly cause: string
  /** Whole sentences. */
  readonly remedy: string
}

/** Characters of a cause; Spark's own messages may hold a whole query plan. */
const LONGEST = 300

/**
 * The likely cause of a failed job or driver, and its remedy; `null` where nothing known shows. The innermost cause of a
 * Java error counts first, then the rest of it, then how the process ended, then its last lines.
 */
export function diagnose({ exitCode, signal, lines, error }: Failure): Diagnosis | null {
  const texts =
    error === undefined ? [] : [innermostCause(error), error.message, ...error.stack.split('\n')]
  for (const text of texts) {
    const known = match(text)
    if (known) return known
  }
  const readable = lines.filter(line => !isFrame(line))
  if (error !== undefined) return null
  return endOfProcess(exitCode, signal, readable) ?? worst(readable)
}

/** The last "Caused by" of a Java stack, else the exception itself; of a Python worker's traceback its last line. */
export function innermostCause(error: DriverError): string {
  const own = `${error.java_class ?? error.type}: ${error.message}`
  const text = [...error.stack.matchAll(/^Caused by: (.+)$/gm)].at(-1)?.[1] ?? own
  if (!text.includes(TRACEBACK)) return text.trim()
  const traceback = error.stack.slice(error.stack.lastIndexOf(TRACEBACK)).split('\n').slice(1)
  return traceback.find(line => /^\w/.test(line))?.trim() ?? text.trim()
}

const TRACEBACK = 'Traceback (most recent call last):'

/** Recognizes a process that Spark or the kernel ended since it had no memory left. */
function endOfProcess(
  exitCode: number | null,
  signal: string | null,
  lines: readonly string[],
): Diagnosis | null {
  const memory = lines.find(line => OUT_OF_MEMORY.pattern.test(line))
  if (memory !== undefined) return found(memory, OUT_OF_MEMORY)
  // spark-submit's own code for this error, which it may not live to print.
  if (exitCode === 52)
    return { cause: 'Java ran out of memory (exit code 52)', remedy: remedyOf(OUT_OF_MEMORY, '') }
  if (exitCode === 137 || signal === 'SIGKILL') {
    return {
      cause: 'something killed the process (SIGKILL), as the system does when memory runs out',
      remedy:
        'If `dmesg` or the container says so, lower platform.compute.spark.driver_memory or give the machine more memory; else find out who killed it.',
    }
  }
  return null
}

/** Causes are listed with those first that bring others about, so the first in the list that shows anywhere counts. */
function worst(lines: readonly string[]): Diagnosis | null {
  for (const cause of KNOWN_CAUSES) {
    const line = lines.findLast(text => cause.pattern.test(text))
    if (line !== undefined) return found(line, cause)
  }
  return null
}

function match(text: string): Diagnosis | null {
  if (isFrame(text)) return null
  const cause = KNOWN_CAUSES.find(entry => entry.pattern.test(text))
  return cause ? found(text, cause) : null
}

const found = (text: string, cause: Cause): Diagnosis => ({
  cause: withoutPrefix(text),
  remedy: remedyOf(cause, text),
})

const remedyOf = (cause: Cause, text: string): string =>
  typeof cause.remedy === 'string' ? cause.remedy : cause.remedy(text)

/** Frames name classes that have nothing to do with the cause, e.g. a file system's retry of a refused connection. */
export const isFrame = (line: string): boolean => /^\s+(at |\.\.\. \d+ more|File ")/.test(line)

/** One line without the log's time, level and "Caused by". */
const withoutPrefix = (text: string): string =>
  firstLine(text)
    .replace(/^\d\d:\d\d:\d\d (WARN|ERROR|FATAL) /, '')
    .replace(/^Caused by: /, '')

export function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)
