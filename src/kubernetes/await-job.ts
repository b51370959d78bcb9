import { setTimeout as delay } from 'node:timers/promises'
import { JobFailedError } from '../contracts/errors'
import { readBody } from '../shared/http-body'
import { type BatchJob, DATAGEN_CONTAINER } from './datagen-job'
import type { KubeApi } from './kube-api'
import { runSelector } from './labels'
import { ListWatch } from './list-watch'
import type { Pod } from './objects'
import { Clock, patience } from './patience'
import { isPending, podsDoNotRun, podTrouble, terminationOf, wasOutOfMemory } from './pod-trouble'

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

const LOOK_MS = 500
const LOG_LINES = 20
const LOG_BYTES = 65_536

/** Resolves when every index of a job has succeeded; rejects with the first cause that keeps it from that. */
export async function awaitJob(created: BatchJob, options: AwaitJobOptions): Promise<void> {
  const { api, claim, signal, everyMs, onTick } = options
  const stop = new AbortController()
  let broken: unknown = null
  let deleted = false
  let failed: Pod | null = null
  const common = { labelSelector: runSelector(claim), signal: stop.signal }
  const jobs = new ListWatch<BatchJob>(api, {
    ...common,
    path: api.in('batch/v1', 'jobs'),
    onChange: () => {},
    onDelete: () => {
      deleted = true
    },
  })
  const pods = new ListWatch<Pod>(api, {
    ...common,
    path: api.in('api/v1', 'pods'),
    onChange: pod => {
      if (pod.status?.phase === 'Failed') failed = pod
    },
    onDelete: () => {},
  })
  const watching = [jobs, pods].map(watch =>
    watch.run().catch(error => {
      broken ??= error
    }),
  )
  const clock = new Clock()
  let ticked = performance.now()
  try {
    for (;;) {
      signal.throwIfAborted()
      if (broken) throw broken
      if (deleted)
        throw new JobFailedError(`The job ${created.metadata.name} was deleted while it ran.`)
      const job = jobs.all.find(j => j.metadata.uid === created.metadata.uid)
      const ended = job?.status?.conditions?.find(
        c => c.status === 'True' && (c.type === 'Complete' || c.type === 'Failed'),
      )
      if (ended?.type === 'Complete') return
      if (ended) throw await jobFailed(api, created.metadata.name, ended.message ?? '', failed)
      requireProgress(created.metadata.name, pods.all, options.pendingMs, clock)
      if (performance.now() - ticked > everyMs) {
        await onTick()
        ticked = performance.now()
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    stop.abort()
    await Promise.all(watching)
  }
}

/** Pods that wait do no harm while others work. */
function requireProgress(
  name: string,
  pods: readonly Pod[],
  pendingMs: number,
  clock: Clock,
): void {
  const working = pods.some(pod => pod.status?.phase === 'Running')
  const trouble = working
    ? null
    : (pods
        .filter(isPending)
        .map(podTrouble)
        .find(found => found !== null) ?? null)
  const lasted = clock.since('trouble', trouble?.kind ?? '')
  if (trouble && lasted >= patience(trouble, pendingMs)) throw podsDoNotRun(name, trouble, lasted)
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
