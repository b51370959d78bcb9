import type { V1ContainerStateTerminated } from '@kubernetes/client-node'
import { CapacityError, JobFailedError, PrerequisiteError } from '../contracts/errors'
import type { Pod } from './objects'

type Kind = 'image' | 'unschedulable' | 'config' | 'evicted'

/** The reason for which a pod does not run. */
export interface PodFailure {
  readonly kind: Kind
  /** The cause in the cluster's words. */
  readonly cause: string
  readonly remedy: string
  /** True where waiting may help: a node may be added, a registry may come back. */
  readonly mayPass: boolean
}

const KUBERNETES = 'platform.kubernetes'
const IMAGE = `Correct ${KUBERNETES}.image, push the image, or name the secret that lets nodes pull it in ${KUBERNETES}.image_pull_secrets.`
const CONTAINER = 'The container cannot be made: see the message, and `kubectl describe pod`.'

/** By what a container or the scheduler says, `reason: message`; the first that fits counts. */
const CAUSES: readonly (readonly [Kind, RegExp, remedy: string, mayPass: boolean])[] = [
  ['image', /^(InvalidImageName|ErrImageNeverPull): /, IMAGE, false],
  ['image', /^(ErrImagePull|ImagePullBackOff|RegistryUnavailable): /, IMAGE, true],
  ['config', /^(CreateContainerConfigError|RunContainerError): /, CONTAINER, false],
  ['config', /^CreateContainerError: /, CONTAINER, true],
  [
    'unschedulable',
    /^Unschedulable: .*(persistentvolumeclaim|storageclass|volume)/is,
    `No volume is bound to its claim: set ${KUBERNETES}.scratch.storage_class to one that provisions volumes here (\`kubectl get storageclass\`), or ${KUBERNETES}.scratch.type: empty-dir.`,
    true,
  ],
  [
    'unschedulable',
    /^Unschedulable: .*Insufficient/is,
    'No node has so much free: add one, end what runs there, set fewer executors, or a smaller platform.compute.spark.profile_share.',
    true,
  ],
  [
    'unschedulable',
    /^Unschedulable: .*(taint|selector|affinity)/is,
    `The free nodes do not take it: set ${KUBERNETES}.tolerations or ${KUBERNETES}.node_selector, or add a node that does.`,
    true,
  ],
  ['unschedulable', /^Unschedulable: /, 'Add a node that takes it.', true],
  [
    'evicted',
    /^Failed: /,
    'The node took its resources back: free its disk and memory, or use another one.',
    false,
  ],
]

/** Finds what keeps a pod from running; `null` where nothing is known to. */
export function podFailure({ status }: Pod): PodFailure | null {
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]
  const scheduled = status?.conditions?.find(c => c.type === 'PodScheduled')
  const texts = [
    ...(status?.phase === 'Failed' && status.reason
      ? [`Failed: ${status.reason}: ${status.message ?? 'no message'}`]
      : []),
    ...containers.map(
      ({ state }) => `${state?.waiting?.reason}: ${state?.waiting?.message || 'no message'}`,
    ),
    ...(scheduled?.status === 'False'
      ? [`${scheduled.reason}: ${scheduled.message ?? 'no node takes it'}`]
      : []),
  ]
  for (const text of texts) {
    const known = CAUSES.find(([, pattern]) => pattern.test(text))
    if (known === undefined) continue
    const [kind, , remedy, mayPass] = known
    return { kind, cause: text.replace(/^(Unschedulable|Failed): /, ''), remedy, mayPass }
  }
  return null
}

/** The end of a pod's first container; `null` while it has not. */
export const terminationOf = (pod: Pod): V1ContainerStateTerminated | null =>
  pod.status?.containerStatuses?.map(c => c.state?.terminated).find(t => t != null) ?? null

export const wasOutOfMemory = (pod: Pod): boolean => terminationOf(pod)?.reason === 'OOMKilled'

export const isPending = (pod: Pod): boolean => (pod.status?.phase ?? 'Pending') === 'Pending'

export const hasEnded = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed'

const LONGEST = 600

/** The failure of a job's pods as the error that ends it. */
export function podsDoNotRun(
  name: string,
  { kind, cause, remedy }: Omit<PodFailure, 'mayPass'>,
  waitedMs: number,
): Error {
  const waited = waitedMs >= 1000 ? ` for ${Math.round(waitedMs / 1000)} s` : ''
  const short = cause.length > LONGEST ? `${cause.slice(0, LONGEST)}…` : cause
  const text = `Pods of ${name} do not run${waited}: ${/[.!?…]$/.test(short) ? short : `${short}.`} ${remedy}`
  if (kind === 'unschedulable')
    return new CapacityError(`${text} Longer waiting is platform.kubernetes.pending_timeout.`)
  return kind === 'evicted' ? new JobFailedError(text) : new PrerequisiteError(text)
}

/** A registry hiccups; an image that is not there stays so. The user hears of it within half a minute. */
const IMAGE_GRACE_MS = 12_000

/** Measures how long something has been as it is now, by this process's monotonic clock. */
export class Clock {
  private readonly seen = new Map<string, { value: string; at: number }>()

  since(what: string, value: string, onChange: () => void = () => {}): number {
    const known = this.seen.get(what)
    if (known?.value === value) return performance.now() - known.at
    this.seen.set(what, { value, at: performance.now() })
    onChange()
    return 0
  }
}

/**
 * What keeps the first of the waiting pods from running.
 * @param pendingMs milliseconds that pods may wait for a node or an image
 * @throws CapacityError, PrerequisiteError or JobFailedError where they have waited too long
 */
export function requireStart(
  name: string,
  waiting: readonly Pod[],
  { clock, pendingMs, onWaiting }: StartOptions,
): PodFailure | null {
  const failure = waiting.map(podFailure).find(found => found !== null) ?? null
  const lasted = clock.since('failure', failure?.kind ?? '', () => {
    if (failure) onWaiting?.(failure.cause)
  })
  if (failure && lasted >= retryWindow(failure, pendingMs))
    throw podsDoNotRun(name, failure, lasted)
  return failure
}

export interface StartOptions {
  readonly clock: Clock
  readonly pendingMs: number
  readonly onWaiting?: ((cause: string) => void) | undefined
}

const retryWindow = ({ kind, mayPass }: PodFailure, pendingMs: number): number =>
  mayPass ? (kind === 'image' ? Math.min(IMAGE_GRACE_MS, pendingMs) : pendingMs) : 0
