import { CapacityError, JobFailedError, PrerequisiteError } from '../../../../contracts/errors'
import { WITHOUT_OPERATOR } from '../../../../kubernetes/check-cluster'
import { isQuotaText } from '../../../../kubernetes/kube-error'
import type { Pod } from '../../../../kubernetes/objects'
import { terminationOf, wasOutOfMemory } from '../../../../kubernetes/pod-failure'
import type { DriverError } from '../control-channel'
import { diagnose, firstLine, innermostCause, isFrame, sentence } from '../diagnose'
import { exitText, lastLines } from '../driver-failure'
import type { DriverExit } from '../driver-process'
import type { OutputLog } from '../output-log'
import type { ApplicationStatus } from './submission'

/** Texts of an application that does not come to its end. */

/** FAILED or SUBMISSION_FAILED; the log holds the driver's output, free of secrets. */
export function applicationFailed(
  name: string,
  { state, message }: ApplicationStatus,
  driver: Pod | null,
  executors: readonly Pod[],
  { lines, path }: Pick<OutputLog, 'lines' | 'path'>,
): Error {
  const submitted = driver !== null || !NOT_SUBMITTED.test(message)
  if (state === 'SUBMISSION_FAILED' || !submitted) return submissionFailed(name, message, OPERATOR)
  const exit = driver && terminationOf(driver)
  const how =
    driver === null
      ? 'its driver pod is gone'
      : exit
        ? exitText(exit.exitCode, exit.signal) + (exit.reason === 'OOMKilled' ? ', OOMKilled' : '')
        : message || 'no exit code'
  return new JobFailedError(
    `The Spark application ${name} failed (${how}): ${because(driver, executors, message, lines)} Log: ${path}${lastLines(lines)}`,
  )
}

/** The operator's words for an application whose driver could not be made, also once it has given up. */
const NOT_SUBMITTED = /spark-submit|forbidden|exceeded quota|denied the request/i

function because(
  driver: Pod | null,
  executors: readonly Pod[],
  message: string,
  lines: readonly string[],
): string {
  if (driver === null)
    return 'somebody deleted its driver, or its node was lost. `lakebench run --resume` goes on after the finished stages.'
  if (wasOutOfMemory(driver))
    return 'the driver was OOMKilled: its memory limit was reached. Raise platform.compute.spark.driver_memory, or spark.driver.memoryOverhead in platform.compute.spark.conf.'
  const killed = executors.filter(wasOutOfMemory).map(pod => pod.metadata.name)
  if (killed.length > 0)
    return `${killed.length === 1 ? 'an executor was' : `${killed.length} executors were`} OOMKilled (${killed.slice(0, 3).join(', ')}): the memory limit was reached. Raise platform.compute.spark.profile_share, or spark.executor.memoryOverhead in platform.compute.spark.conf, or use more executors.`
  const error = pythonError(lines) ?? undefined
  const exitCode = terminationOf(driver)?.exitCode ?? null
  const known = diagnose({ exitCode, signal: null, lines, error })
  const said = error && firstLine(innermostCause(error))
  if (known) return `${sentence(said ?? known.cause)} ${known.remedy}`
  return sentence(said ?? firstLine(message || (lines.at(-1) ?? 'it said nothing')))
}

/** The exception that ended the Python program, out of its traceback; what Java says of its own stands after a colon. */
function pythonError(lines: readonly string[]): DriverError | null {
  const from = lines.findLastIndex(line => line.startsWith('Traceback (most recent call last):'))
  if (from < 0) return null
  const rest = lines.slice(from)
  const at = rest.findIndex(
    line => !isFrame(line) && /^[\w.]*(Error|Exception|Exit|Interrupt)\b/.test(line),
  )
  if (at < 0) return null
  const [type = '', ...text] = rest[at]!.split(': ')
  const java = /^: (.+)/.exec(rest[at + 1] ?? '')?.[1]
  // Only what belongs to the exception: Spark's own log goes on after it.
  const end = rest.findIndex((line, i) => i > at && /^\d\d\/\d\d\/\d\d /.test(line))
  return {
    type: type.split('.').at(-1)!,
    message: java ?? text.join(': '),
    java_class: null,
    stack: rest.slice(0, end < 0 ? undefined : end).join('\n'),
  }
}

interface Submitter {
  readonly who: string
  /** The remedy where it lacks a right. */
  readonly rights: string
}
const OPERATOR: Submitter = {
  who: 'The operator',
  rights: 'Give its service account the rights of its chart in this namespace.',
}
const SUBMIT: Submitter = {
  who: 'spark-submit',
  rights: 'Apply deploy/rbac-submit.yaml with the user of the kubeconfig as its subject.',
}

/** spark-submit ended, and no driver was made. */
export function submitFailed(
  name: string,
  { code, signal }: DriverExit,
  lines: readonly string[],
  log: string,
): Error {
  const error = submissionFailed(name, lines.join('\n') || exitText(code, signal), SUBMIT)
  error.message += ` Log: ${log}`
  return error
}

function submissionFailed(name: string, message: string, { who, rights }: Submitter): Error {
  if (isQuotaText(message))
    return new CapacityError(
      `The driver of ${name} exceeds a quota of the namespace: ${firstLine(gist(message))}. Have it raised, end what uses it, or set a smaller platform.compute.spark.profile_share.`,
    )
  if (/forbidden/i.test(message))
    return new PrerequisiteError(
      `${who} may not submit ${name}: ${firstLine(gist(message))}. ${rights}`,
    )
  return new JobFailedError(`${who} could not submit ${name}: ${firstLine(gist(message))}.`)
}

/** The line of spark-submit's output that names the cause. */
function gist(message: string): string {
  const lines = message.split('\n').map(line => line.trim())
  return (
    lines.find(line => /exceeded quota|forbidden|denied the request|Message:/i.test(line)) ??
    lines.find(line => /Exception|Error/.test(line) && !isFrame(line)) ??
    (message.trim() || 'it says nothing')
  )
}

export const noOperator = (name: string, namespace: string) =>
  new PrerequisiteError(
    `Nobody takes up ${name}: the spark-operator does not run, or does not watch namespace ${namespace} (its --namespaces, or spark.jobNamespaces of its chart). See \`kubectl get pods -A -l app.kubernetes.io/name=spark-operator\`. ${WITHOUT_OPERATOR}`,
  )

export const noKind = (name: string) =>
  new PrerequisiteError(
    `${name} cannot be made: the cluster has no SparkApplications, so no spark-operator. Install it (Helm chart kubeflow/spark-operator, 2.x). ${WITHOUT_OPERATOR}`,
  )

export const neverSubmitted = (name: string) =>
  new JobFailedError(
    `${name} was submitted, but its driver pod does not appear. See the log of what submitted it.`,
  )

export const deletedByOthers = (name: string) =>
  new JobFailedError(`The Spark application ${name} was deleted while it ran, by somebody else.`)

export const stuckIn = (name: string, state: string, message: string) =>
  new JobFailedError(
    `The Spark application ${name} stays in state ${state}${message ? `: ${firstLine(message)}` : ''}. See the spark-operator's log.`,
  )

export const quotaStopsExecutors = (name: string, line: string) =>
  new CapacityError(
    `The executors of ${name} exceed a quota of the namespace: ${firstLine(gist(line))}. Have it raised, set fewer executors, or a smaller platform.compute.spark.profile_share.`,
  )
