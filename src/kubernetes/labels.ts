import type { KubeObject, OwnerReference } from './objects'

/** The label of everything that lakebench makes in a cluster, pods included. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const RUN = 'lakebench.io/run'
export const JOB = 'lakebench.io/job'

export const MANAGED = `${MANAGED_BY}=lakebench`

export const runSelector = (runId: string): string => `${MANAGED},${RUN}=${runId}`

export function labelsOf(runId: string, component: string, job?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'lakebench',
    'app.kubernetes.io/component': component,
    [MANAGED_BY]: 'lakebench',
    [RUN]: runId,
    ...(job !== undefined && { [JOB]: job }),
  }
}

/** Metadata of objects in the owner's namespace that go when it goes. */
export const ownedBy = (owner: KubeObject): { ownerReferences: OwnerReference[] } => ({
  ownerReferences: [
    {
      apiVersion: owner.apiVersion!,
      kind: owner.kind!,
      name: owner.metadata.name,
      uid: owner.metadata.uid!,
    },
  ],
})
