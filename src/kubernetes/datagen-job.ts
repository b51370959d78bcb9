import { JobFailedError } from '../contracts/errors'
import { readBody } from '../shared/http-body'
import type { KubeApi } from './kube-api'
import {
  cpuQuantity,
  type KubeObject,
  labelsOf,
  memoryQuantity,
  ownedBy,
  type Pod,
} from './objects'
import { type Placement, placementFields } from './placement'
import { Clock, isPending, requireStart, terminationOf, wasOutOfMemory } from './pod-failure'
import { RunObjects } from './run-objects'

interface DatagenJobRequest {
  readonly name: string
  /** Id of the claim that owns it. */
  readonly claim: string
  readonly owner: KubeObject
  readonly image: string
  readonly pullSecrets: readonly string[]
  readonly placement: Placement
  readonly pods: number
  /** Cores and bytes of one pod. */
  readonly shape: { readonly cores: number; readonly memory: number }
  /** ConfigMap with `lakebench.json`, and the Secret whose keys become environment variables. */
  readonly config: string
  readonly secret: string
}

export interface BatchJob extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
  }
}

export const CONFIG_FOLDER = '/etc/lakebench'
export const CONFIG_FILE = 'lakebench.json'
const DATAGEN_CONTAINER = 'lakebench'
/** A pod that was lost is replaced, and its successor goes on where it ended. */
const RETRIES_PER_SHARD = 3
const LEFT_FOR = 3600

/** An Indexed Job whose pods each make their share of the raw files. Pure. */
export function datagenJob(request: DatagenJobRequest): BatchJob {
  const { name, claim, owner, image, pullSecrets, placement, pods, shape, config, secret } = request
  const labels = labelsOf(claim, 'datagen')
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels, ...ownedBy(owner) },
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism: pods,
      backoffLimitPerIndex: RETRIES_PER_SHARD,
      maxFailedIndexes: 0,
      ttlSecondsAfterFinished: LEFT_FOR,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          ...(pullSecrets.length > 0 && {
            imagePullSecrets: pullSecrets.map(secretName => ({ name: secretName })),
          }),
          ...placementFields(placement),
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: DATAGEN_CONTAINER,
              image,
              imagePullPolicy: 'IfNotPresent',
              args: ['generate', `${CONFIG_FOLDER}/${CONFIG_FILE}`, '--shard', `$(SHARD)/${pods}`],
              env: [
                {
                  name: 'SHARD',
                  valueFrom: {
                    fieldRef: {
                      fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
                    },
                  },
                },
              ],
              envFrom: [{ secretRef: { name: secret } }],
              resources: {
                requests: { cpu: cpuQuantity(shape.cores), memory: memoryQuantity(shape.memory) },
                limits: { memory: memoryQuantity(shape.memory) },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: config } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  }
}

interface AwaitJobOptions {
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
