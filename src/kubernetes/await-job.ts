import { JobFailedError } from '../contracts/errors'
import { readBody } from '../shared/http-body'
import { type BatchJob, DATAGEN_CONTAINER } from './datagen-job'
import type { KubeApi } from './kube-api'
import type { Pod } from './objects'
import { isPending, terminationOf, wasOutOfMemory } from './pod-failure'
import { Clock, requireStart } from './require-start'
import { RunObjects } from './run-objects'

export interface AwaitJobOptions {
  readonly api: KubeApi
  /** Run label of the job and its pods. */
  readonly claim: string
  readonly signal: AbortSignal
  readonly pendingMs: number
  /** Called about once in so many milliseconds while the job runs. */
  readonly everyMs: number
  readonly onTick: () => Promise<void>
}

const LOG_LINES = 20
const LOG_BYTES = 65_536

/** Resolves when every index of a job has succeeded; rejects with the first cause that keeps it from that. */
export async function awaitJob(created: BatchJob, options: AwaitJobOptions): Promise<void> {
  const { api, claim, signal, everyMs, onTick, pendingMs } = options
  const { name, uid } = created.metadata
  const objects = new RunObjects<BatchJob>(api, claim, api.in('batch/v1', 'jobs'))
  const clock = new Clock()
  for (let ticked = performance.now(); ; ) {
    await objects.next(signal)
    const job =
      objects.owner(uid) ?? (await api.find<BatchJob>(api.in('batch/v1', 'jobs', name), { signal }))
    if (job?.metadata.uid !== uid)
      throw new JobFailedError(`The job ${name} was deleted while it ran.`)
    const ended = job?.status?.conditions?.find(
      c => c.status === 'True' && (c.type === 'Complete' || c.type === 'Failed'),
    )
    if (ended?.type === 'Complete') return
    const { pods } = objects
    if (ended) {
      const failed = pods.findLast(pod => pod.status?.phase === 'Failed') ?? null
      throw await jobFailed(api, name, ended.message ?? '', failed)
    }
    // Pods that wait do no harm while others work.
    const working = pods.some(pod => pod.status?.phase === 'Running')
    requireStart(name, working ? [] : pods.filter(isPending), { clock, pendingMs })
    if (performance.now() - ticked > everyMs) {
      await onTick()
      ticked = performance.now()
    }
  }
}

async function jobFailed(
  api: KubeApi,
  name: string,
  message: string,
  pod: Pod | null,
): Promise<JobFailedError> {
  if (pod === null)
    return new JobFailedError(`The job ${name} failed: ${message || 'it says nothing'}.`)
  if (wasOutOfMemory(pod))
    return new JobFailedError(
      `The job ${name} failed: ${pod.metadata.name} was OOMKilled. Use more pods (platform.kubernetes.datagen.pods), a smaller file_size, or a larger platform.compute.spark.profile_share.`,
    )
  const lines = await tail(api, pod)
  const exit = terminationOf(pod)?.exitCode
  return new JobFailedError(
    `The job ${name} failed: ${pod.metadata.name} ended with exit code ${exit ?? 'unknown'}: ${lines.at(-1) ?? message}${lines.length > 1 ? `\nLast lines:\n${lines.join('\n')}` : ''}`,
  )
}

async function tail(api: KubeApi, pod: Pod): Promise<string[]> {
  try {
    const stream = await api.open(`${api.in('api/v1', 'pods', pod.metadata.name)}/log`, {
      query: { container: DATAGEN_CONTAINER, tailLines: LOG_LINES, limitBytes: LOG_BYTES },
    })
    return (await readBody(stream, 2 * LOG_BYTES)).toString('utf8').trim().split('\n')
  } catch {
    return []
  }
}
