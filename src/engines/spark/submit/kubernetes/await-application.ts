import type { KubeApi } from '../../../../kubernetes/kube-api'
import { isQuotaText } from '../../../../kubernetes/kube-error'
import type { Pod } from '../../../../kubernetes/objects'
import {
  Clock,
  hasEnded,
  isPending,
  podsDoNotRun,
  requireStart,
} from '../../../../kubernetes/pod-failure'
import type { RunObjects } from '../../../../kubernetes/run-objects'
import {
  applicationFailed,
  neverSubmitted,
  noOperator,
  quotaStopsExecutors,
  stuckIn,
} from './application-failure'
import type { DriverOutput } from './driver-output'
import { driverPod, executorPods, type SubmittedApplication } from './submission'

export interface AwaitOptions {
  readonly api: KubeApi
  readonly objects: RunObjects
  readonly output: DriverOutput
  readonly signal: AbortSignal
  /** Milliseconds that pods may wait for a node or an image. */
  readonly pendingMs: number
  readonly onState: (state: string, detail: string | null) => void
}

/** The longest that a state may last that somebody else should end. Milliseconds. */
const NOT_SEEN_MS = 60_000
const ODD_STATE_MS: Readonly<Record<string, number>> = {
  PENDING_RERUN: 120_000,
  INVALIDATING: 120_000,
  UNKNOWN: 60_000,
  SUSPENDING: 120_000,
  SUSPENDED: 120_000,
}

/** Resolves when an application has completed; rejects with the cause as soon as it is known that it will not. */
export async function awaitApplication(
  app: SubmittedApplication,
  options: AwaitOptions,
): Promise<void> {
  const clock = new Clock()
  do await options.objects.next(options.signal)
  while (!(await isOver(app, options, clock)))
}

async function isOver(
  app: SubmittedApplication,
  options: AwaitOptions,
  clock: Clock,
): Promise<boolean> {
  const { name } = app
  const { api, objects, output, signal, onState } = options
  const status = await app.status(signal)
  const { state, message } = status
  const waited = clock.since('state', state, () => {
    if (state !== '') onState(state.toLowerCase().replaceAll('_', '-'), null)
  })
  const driver = driverPod(objects, name)
  switch (state) {
    case 'COMPLETED':
      return true
    case 'FAILED':
    case 'SUBMISSION_FAILED':
      if (driver !== null) await output.settled()
      // Executors end a moment after their driver.
      await objects.next(signal)
      throw applicationFailed(name, status, driver, executorPods(objects, name), output.log)
    case '':
      if (waited > NOT_SEEN_MS) throw noOperator(name, api.namespace)
      return false
    case 'UNKNOWN':
      if (driver?.status?.phase === 'Succeeded') return true
      break
    case 'SUBMITTED':
    case 'RUNNING':
      await requirePods(name, driver, options, clock)
      break
  }
  const limit = ODD_STATE_MS[state]
  if (limit !== undefined && waited > limit) throw stuckIn(name, state, message)
  return false
}

/** Throws where the pods of a submitted application will not come to run. */
async function requirePods(
  name: string,
  driver: Pod | null,
  options: AwaitOptions,
  clock: Clock,
): Promise<void> {
  const { pendingMs, objects, output, onState } = options
  const missing = clock.since('driver', driver === null ? 'missing' : 'exists')
  if (driver === null) {
    if (missing > Math.max(pendingMs, NOT_SEEN_MS)) throw neverSubmitted(name)
    return
  }
  const pending = isPending(driver)
  const executors = executorPods(objects, name).filter(pod => !hasEnded(pod))
  const running = executors.some(pod => pod.status?.phase === 'Running')
  // Executors that wait do no harm while others work.
  const waiting = [...(pending ? [driver] : []), ...(running ? [] : executors)]
  const onWaiting = (cause: string) => onState('waiting', cause)
  const failure = requireStart(name, waiting, { clock, pendingMs, onWaiting })
  const quiet = clock.since('pending', pending ? 'driver' : '')
  if (pending && failure === null && quiet > pendingMs)
    throw podsDoNotRun(name, await fromEvents(driver, options), quiet)
  // A driver whose executors are refused asks again for ever; only its log tells.
  const alone = clock.since('alone', !pending && executors.length === 0 ? 'alone' : '')
  if (executors.length === 0 && !pending && alone > pendingMs) {
    const refusal = output.log.lines.findLast(isQuotaText)
    if (refusal !== undefined) throw quotaStopsExecutors(name, refusal)
  }
}

/** Asks what the kubelet says of a pod that waits without a reason in its status, e.g. of a volume that cannot be mounted. */
async function fromEvents(pod: Pod, { api, signal }: AwaitOptions) {
  const events = await api.list<{
    type?: string
    reason?: string
    message?: string
    metadata: { name: string }
  }>(api.in('api/v1', 'events'), {
    query: { fieldSelector: `involvedObject.uid=${pod.metadata.uid}` },
    signal,
  })
  const last = events.filter(event => event.type === 'Warning').at(-1) ?? events.at(-1)
  return {
    kind: 'config' as const,
    cause: last ? `${last.reason}: ${last.message}` : 'the kubelet says nothing of it',
    remedy: `See \`kubectl -n ${api.namespace} describe pod ${pod.metadata.name}\`.`,
  }
}
