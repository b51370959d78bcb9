import { CapacityError, JobFailedError, PrerequisiteError } from '../contracts/errors'
import type { Pod, Termination } from './objects'

/** Why a pod does not run. */
export interface PodTrouble {
  readonly kind: 'image' | 'unschedulable' | 'config' | 'evicted'
  /** The cause in the cluster's words. */
  readonly cause: string
  readonly remedy: string
  /** Whether waiting may help: a node may be added, a registry may come back. */
  readonly mayPass: boolean
}

const KUBERNETES = 'platform.kubernetes'

const IMAGE = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])
const BROKEN = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'InvalidImageName',
])

/** What keeps a pod from running; `null` where nothing is known to. */
export function podTrouble(pod: Pod): PodTrouble | null {
  const { status } = pod
  if (status?.phase === 'Failed' && status.reason)
    return {
      kind: 'evicted',
      cause: `${status.reason}: ${status.message ?? 'no message'}`,
      remedy: 'The node took its resources back: free its disk and memory, or use another one.',
      mayPass: false,
    }
  for (const { state } of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const { reason = '', message = '' } = state?.waiting ?? {}
    if (IMAGE.has(reason) || reason === 'InvalidImageName')
      return {
        kind: 'image',
        cause: `${reason}: ${message || 'no message'}`,
        remedy: `Correct ${KUBERNETES}.image, push the image, or name the secret that lets nodes pull it in ${KUBERNETES}.image_pull_secrets.`,
        mayPass: reason !== 'InvalidImageName' && reason !== 'ErrImageNeverPull',
      }
    if (BROKEN.has(reason))
      return {
        kind: 'config',
        cause: `${reason}: ${message || 'no message'}`,
        remedy: 'The container cannot be made: see the message, and `kubectl describe pod`.',
        mayPass: reason === 'CreateContainerError',
      }
  }
  const scheduled = status?.conditions?.find(c => c.type === 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const cause = scheduled.message ?? 'no node takes it'
    return { kind: 'unschedulable', cause, remedy: placeRemedy(cause), mayPass: true }
  }
  return null
}

function placeRemedy(message: string): string {
  if (/persistentvolumeclaim|storageclass|volume/i.test(message))
    return `No volume is bound to its claim: set ${KUBERNETES}.scratch.storage_class to one that provisions volumes here (\`kubectl get storageclass\`), or ${KUBERNETES}.scratch.type: empty-dir.`
  if (/Insufficient/i.test(message))
    return 'No node has so much free: add one, end what runs there, set fewer executors, or a smaller platform.compute.spark.profile_share.'
  if (/taint|selector|affinity/i.test(message))
    return `The free nodes do not take it: set ${KUBERNETES}.tolerations or ${KUBERNETES}.node_selector, or add a node that does.`
  return 'Add a node that takes it.'
}

/** How the first container of a pod ended; `null` while it has not. */
export const terminationOf = (pod: Pod): Termination | null =>
  pod.status?.containerStatuses?.map(c => c.state?.terminated).find(t => t !== undefined) ?? null

export const wasOutOfMemory = (pod: Pod): boolean => terminationOf(pod)?.reason === 'OOMKilled'

export const isPending = (pod: Pod): boolean => (pod.status?.phase ?? 'Pending') === 'Pending'

const LONGEST = 600

/** The trouble of a job's pods as the error that ends it. */
export function podsDoNotRun(
  name: string,
  { kind, cause, remedy }: PodTrouble,
  waitedMs: number,
): Error {
  const waited = waitedMs >= 1000 ? ` for ${Math.round(waitedMs / 1000)} s` : ''
  const told = cause.length > LONGEST ? `${cause.slice(0, LONGEST)}…` : cause
  const text = `Pods of ${name} do not run${waited}: ${/[.!?…]$/.test(told) ? told : `${told}.`} ${remedy}`
  if (kind === 'unschedulable')
    return new CapacityError(`${text} Longer waiting is platform.kubernetes.pending_timeout.`)
  return kind === 'evicted' ? new JobFailedError(text) : new PrerequisiteError(text)
}
