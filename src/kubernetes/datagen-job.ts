import { labelsOf, ownedBy } from './labels'
import type { KubeObject } from './objects'
import { type Placement, placementFields } from './placement'
import { cpuQuantity, memoryQuantity } from './quantity'

export interface DatagenJobRequest {
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
    readonly succeeded?: number
    readonly failed?: number
    readonly failedIndexes?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
  }
}

export const CONFIG_FOLDER = '/etc/lakebench'
export const CONFIG_FILE = 'lakebench.json'
export const DATAGEN_CONTAINER = 'lakebench'
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
