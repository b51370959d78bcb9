import type { KubeApi } from '../../../../kubernetes/kube-api'
import { isQuotaText } from '../../../../kubernetes/kube-error'
import type { Pod } from '../../../../kubernetes/objects'
import { Clock, patience } from '../../../../kubernetes/patience'
import {
  isPending,
  type PodTrouble,
  podsDoNotRun,
  podTrouble,
} from '../../../../kubernetes/pod-trouble'
import {
  applicationFailed,
  neverSubmitted,
  quotaStopsExecutors,
  stuckIn,
} from './application-failure'
import type { DriverOutput } from './driver-output'
import type { RunWatch } from './run-watch'
import type { ApplicationStatus, HandedOver } from './submission'

export interface AwaitOptions {
  readonly api: KubeApi
  readonly watch: RunWatch
  readonly output: DriverOutput
  readonly signal: AbortSignal
  /** Milliseconds that pods may wait for a node or an image. */
  readonly pendingMs: number
  readonly onState: (state: string, detail: string | null) => void
}

/** How long a state may last that somebody else should end. Milliseconds. */
const NOT_SEEN_MS = 60_000
const ODD_STATE_MS: Readonly<Record<string, number>> = {
  PENDING_RERUN: 120_000,
  INVALIDATING: 120_000,
  UNKNOWN: 60_000,
  SUSPENDING: 120_000,
  SUSPENDED: 120_000,
}
const LOOK_MS = 60_000

/**
 * Resolves when an application has completed; rejects with the cause as soon as it is known that it will not. Watches make this
 * quick, and a plain look once a minute makes it sure.
 */
export async function awaitApplication(app: HandedOver, options: AwaitOptions): Promise<void> {
  const { watch, signal } = options
  const clock = new Clock()
  let looked = performance.now()
  for (;;) {
    if (watch.broken) throw watch.broken
    let status = app.status()
    if (performance.now() - looked > LOOK_MS) {
      looked = performance.now()
      status = await app.look(signal)
    }
    if (await isOver(app, status, options, clock)) return
    await watch.change(signal)
  }
}

async function isOver(
  app: HandedOver,
  status: ApplicationStatus,
  options: AwaitOptions,
  clock: Clock,
): Promise<boolean> {
  const { name } = app
  const { state, message } = status
  const waited = clock.since('state', state, () => {
    if (state !== '') options.onState(state.toLowerCase().replaceAll('_', '-'), null)
  })
  const { driver, executors } = options.watch.pods(name)
  switch (state) {
    case 'COMPLETED':
      return true
    case 'FAILED':
    case 'SUBMISSION_FAILED':
      throw await failed(name, status, options)
    case '':
      if (waited > NOT_SEEN_MS) throw app.notTakenUp()
      return false
    case 'UNKNOWN':
      if (driver?.status?.phase === 'Succeeded') return true
      break
    case 'SUBMITTED':
    case 'RUNNING':
      await requirePods(name, driver, executors, options, clock)
      break
  }
  const limit = ODD_STATE_MS[state]
  if (limit !== undefined && waited > limit) throw stuckIn(name, state, message)
  return false
}

async function failed(
  name: string,
  status: ApplicationStatus,
  { watch, output }: AwaitOptions,
): Promise<Error> {
  const { driver } = watch.pods(name)
  if (driver !== null) await output.settled()
  return applicationFailed(name, status, {
    driver,
    outOfMemory: watch.outOfMemory(name),
    lines: output.lines(),
    log: output.path,
  })
}

/** Throws where the pods of a submitted application will not come to run. */
async function requirePods(
  name: string,
  driver: Pod | null,
  executors: readonly Pod[],
  options: AwaitOptions,
  clock: Clock,
): Promise<void> {
  const { pendingMs, output } = options
  if (driver === null) {
    const missing = clock.since('driver', 'missing')
    if (missing > Math.max(pendingMs, NOT_SEEN_MS)) throw neverSubmitted(name)
    return
  }
  clock.since('driver', 'there')
  const running = executors.some(pod => pod.status?.phase === 'Running')
  // Executors that wait do no harm while others work.
  const waiting = [...(isPending(driver) ? [driver] : []), ...(running ? [] : executors)]
  const trouble = waiting.map(podTrouble).find(found => found !== null) ?? null
  const lasted = clock.since('trouble', trouble?.kind ?? '', () => {
    if (trouble) options.onState('waiting', trouble.cause)
  })
  if (trouble && lasted >= patience(trouble, pendingMs)) throw podsDoNotRun(name, trouble, lasted)
  const quiet = clock.since('pending', isPending(driver) ? 'driver' : '')
  if (isPending(driver) && !trouble && quiet > pendingMs)
    throw podsDoNotRun(name, await fromEvents(driver, options), quiet)
  // A driver whose executors are refused asks again for ever; only its log tells.
  const alone = clock.since('alone', !isPending(driver) && executors.length === 0 ? 'alone' : '')
  if (executors.length === 0 && !isPending(driver) && alone > pendingMs) {
    const refusal = output.lines().findLast(isQuotaText)
    if (refusal !== undefined) throw quotaStopsExecutors(name, refusal)
  }
}

/** What the kubelet says of a pod that waits without a reason in its status, e.g. of a volume that cannot be mounted. */
async function fromEvents(pod: Pod, { api, signal }: AwaitOptions): Promise<PodTrouble> {
  const { items } = await api.list<{
    type?: string
    reason?: string
    message?: string
    metadata: { name: string }
  }>(api.in('api/v1', 'events'), {
    query: { fieldSelector: `involvedObject.uid=${pod.metadata.uid}` },
    signal,
  })
  const last = items.filter(event => event.type === 'Warning').at(-1) ?? items.at(-1)
  return {
    kind: 'config',
    cause: last ? `${last.reason}: ${last.message}` : 'the kubelet says nothing of it',
    remedy: `See \`kubectl -n ${api.namespace} describe pod ${pod.metadata.name}\`.`,
    mayPass: false,
  }
}
