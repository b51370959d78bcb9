import { labelsOf, ownedBy } from '../../../../kubernetes/labels'
import { placementFields } from '../../../../kubernetes/placement'
import type { ApplicationRequest } from './application-request'
import { podTrust } from './pod-trust'
import { JOBS_FOLDER, JOBS_VOLUME } from './run-files'

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
