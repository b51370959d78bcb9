import { JOBS_FOLDER, JOBS_VOLUME } from './run-files'

export interface PodTemplateRequest {
  readonly role: 'driver' | 'executor'
  readonly labels: Readonly<Record<string, string>>
  /** ConfigMap of the job files, mounted where the driver looks for them. */
  readonly jobFiles: string | null
  /** Secret whose keys become environment variables. */
  readonly secret: string | null
}

/** Names that Spark gives its containers. */
export const CONTAINERS = { driver: 'spark-kubernetes-driver', executor: 'spark-kubernetes-executor' } as const

/**
 * What Spark's properties cannot say of a pod, and needs no admission webhook this way: the job files, secrets as references,
 * and no more privileges than a process needs.
 */
export function podTemplate({ role, labels, jobFiles, secret }: PodTemplateRequest): Record<string, unknown> {
  return {
    metadata: { labels },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...(jobFiles !== null && { volumes: [{ name: JOBS_VOLUME, configMap: { name: jobFiles } }] }),
      containers: [
        {
          name: CONTAINERS[role],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          ...(jobFiles !== null && {
            volumeMounts: [{ name: JOBS_VOLUME, mountPath: JOBS_FOLDER, readOnly: true }],
          }),
          ...(secret !== null && {
            envFrom: [{ secretRef: { name: secret } }],
          }),
        },
      ],
    },
  }
}
