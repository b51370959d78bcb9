import type { ExecutorPlan, RunPlan } from '../../../../contracts/plan'
import {
  cpuQuantity,
  type KubeObject,
  labelsOf,
  memoryQuantity,
  ownedBy,
} from '../../../../kubernetes/objects'
import { type Placement, placementFields } from '../../../../kubernetes/placement'
import { GIB, MIB } from '../../../../shared/format'
import { podTrust, trustConf } from './pod-trust'
import { JOBS_FOLDER, JOBS_VOLUME } from './run-files'

/** The needs of a job in a cluster, which are the same whoever submits it. */

const SCRATCH_FOLDER = '/var/lakebench/scratch'
/** The name begins so that Spark takes the volume for its local folder. */
const SCRATCH_VOLUME = 'spark-local-dir-1'

/** Settings of a job's pods, beside the plan. */
export interface ApplicationSettings {
  readonly image: string
  readonly pullSecrets: readonly string[]
  /** The driver's; empty: the namespace's default one. */
  readonly serviceAccount: string
  readonly scratch: {
    readonly type: 'pvc' | 'empty-dir'
    readonly storage_class: string
    readonly size: number | null
  }
  readonly placement: Placement
  /** Spark properties; none of them secret. */
  readonly conf: Readonly<Record<string, string>>
}

export interface ApplicationRequest {
  readonly name: string
  readonly runId: string
  /** Job as it is known to users, e.g. `silver-build`, or what is done beside the stages, e.g. `tidy`. */
  readonly job: string
  /** Python module below spark-jobs/, and the URI of its document. */
  readonly module: string
  readonly document: string
  readonly profile: ExecutorPlan
  readonly plan: RunPlan
  readonly settings: ApplicationSettings
  /** Owner of everything that the run makes. */
  readonly owner: KubeObject
  /** Names of the run's ConfigMap of job files, and of its Secret. */
  readonly jobFiles: string
  readonly secret: string | null
  /** Name of the run's ConfigMap of certificate authorities that pods trust beside Java's own. */
  readonly authorities: string | null
}

export function driverOf(profile: ExecutorPlan) {
  if (!profile.driver)
    throw new RangeError(
      `The plan of ${profile.job_name} has no driver: it was made for one machine.`,
    )
  return profile.driver
}

/** In the units of Spark's properties. */
export function podShape(shape: { cores: number; memory: number; memory_overhead: number }) {
  return {
    // Tasks at a time; what is requested of the node may be less.
    cores: Math.max(1, Math.round(shape.cores)),
    coreRequest: cpuQuantity(shape.cores),
    memory: `${Math.floor(shape.memory / MIB)}m`,
    memoryOverhead: `${Math.floor(shape.memory_overhead / MIB)}m`,
  }
}

/** Beside a session's own properties: what depends on the job, and where executors spill. The user's conf wins. */
export function sparkConf({
  profile,
  plan,
  settings,
  runId,
  job,
  authorities,
}: ApplicationRequest): Record<string, string> {
  const conf = {
    'spark.sql.shuffle.partitions': String(shufflePartitions(profile, plan)),
    ...scratchConf(settings, profile, labelsOf(runId, 'scratch', job)),
    ...settings.conf,
  }
  return authorities === null ? conf : { ...conf, ...trustConf(conf) }
}

const BRONZE_PER_SCALE = 10 * GIB
const BYTES_PER_PARTITION = 256 * MIB
const MOST_PARTITIONS = 4000

/** Two a core, or one for each 256 MiB of bronze, whichever is more. */
export function shufflePartitions({ executors, shape }: ExecutorPlan, { scale }: RunPlan): number {
  const cores = executors * Math.max(1, Math.round(shape.cores))
  return Math.min(
    MOST_PARTITIONS,
    Math.max(2 * cores, Math.ceil((scale * BRONZE_PER_SCALE) / BYTES_PER_PARTITION)),
  )
}

function scratchConf(
  { scratch }: ApplicationSettings,
  { shape }: ExecutorPlan,
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const type = scratch.type === 'pvc' ? 'persistentVolumeClaim' : 'emptyDir'
  const volume = `spark.kubernetes.executor.volumes.${type}.${SCRATCH_VOLUME}`
  return {
    [`${volume}.mount.path`]: SCRATCH_FOLDER,
    [`${volume}.mount.readOnly`]: 'false',
    [`${volume}.options.sizeLimit`]: memoryQuantity(scratch.size ?? shape.scratch),
    ...(scratch.type === 'pvc' && {
      // Made by the driver for each executor, and gone with it.
      [`${volume}.options.claimName`]: 'OnDemand',
      ...(scratch.storage_class !== '' && {
        [`${volume}.options.storageClass`]: scratch.storage_class,
      }),
      ...Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [`${volume}.label.${key}`, value]),
      ),
    }),
  }
}

export type Role = 'driver' | 'executor'

/** Names that Spark gives its containers. */
export const CONTAINERS = {
  driver: 'spark-kubernetes-driver',
  executor: 'spark-kubernetes-executor',
} as const

/** The label that names a pod's application, by whomever it was submitted. */
export const APPLICATION = 'lakebench.io/application'

export const applicationLabels = ({
  runId,
  job,
  name,
}: ApplicationRequest): Record<string, string> => ({
  ...labelsOf(runId, 'spark', job),
  [APPLICATION]: name,
})

const NO_PRIVILEGES = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }

/**
 * What Spark's properties cannot say of a pod, and needs no admission webhook this way: the job files, secrets as references,
 * where it may run, whom it trusts, and no more privileges than a process needs.
 */
export function podTemplateOf(role: Role, request: ApplicationRequest): Record<string, unknown> {
  const { jobFiles, secret, authorities, settings } = request
  const trust = authorities === null ? null : podTrust(authorities, settings.image, NO_PRIVILEGES)
  const volumes = [
    ...(role === 'driver' ? [{ name: JOBS_VOLUME, configMap: { name: jobFiles } }] : []),
    ...(trust?.volumes ?? []),
  ]
  const volumeMounts = [
    ...(role === 'driver' ? [{ name: JOBS_VOLUME, mountPath: JOBS_FOLDER, readOnly: true }] : []),
    ...(trust?.volumeMounts ?? []),
  ]
  return {
    metadata: { labels: applicationLabels(request) },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...placementFields(settings.placement),
      ...(volumes.length > 0 && { volumes }),
      ...(trust && { initContainers: trust.initContainers }),
      containers: [
        {
          name: CONTAINERS[role],
          securityContext: NO_PRIVILEGES,
          ...(volumeMounts.length > 0 && { volumeMounts }),
          ...(secret !== null && { envFrom: [{ secretRef: { name: secret } }] }),
        },
      ],
    },
  }
}

/** The same for a driver that nothing but the run owns. */
export const ownedDriverTemplate = (request: ApplicationRequest): Record<string, unknown> => {
  const { metadata, ...template } = podTemplateOf('driver', request)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(metadata as object), ...ownedBy(request.owner) },
    ...template,
  }
}
