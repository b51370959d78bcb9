import { z } from 'zod'
import type { KubeApi } from './kube-api'

/** A right that a run uses. `group` is empty for the core API. */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly verb: string
  /** Nodes and pods of all namespaces, which sizing looks at. */
  readonly everywhere?: boolean
}

const rights = (group: string, resource: string, verbs: string): Right[] =>
  verbs.split(' ').map(verb => ({ group, resource, verb }))

/** Used however jobs are submitted: deploy/rbac.yaml and deploy/rbac-cluster.yaml. */
const COMMON: readonly Right[] = [
  // Also without the operator: what an earlier run left may be of its kind.
  ...rights('sparkoperator.k8s.io', 'sparkapplications', 'create get list delete'),
  ...rights('', 'pods', 'get list delete'),
  ...rights('', 'pods/log', 'get'),
  ...rights('', 'events', 'list'),
  ...rights('', 'configmaps', 'create get list delete'),
  ...rights('', 'secrets', 'create get list delete'),
  ...rights('', 'persistentvolumeclaims', 'list delete'),
  ...rights('', 'resourcequotas', 'list'),
  ...rights('', 'limitranges', 'list'),
  ...rights('batch', 'jobs', 'create get list delete'),
  ...rights('coordination.k8s.io', 'leases', 'create get list update delete'),
  { group: '', resource: 'nodes', verb: 'list', everywhere: true },
  { group: '', resource: 'pods', verb: 'list', everywhere: true },
  { group: 'storage.k8s.io', resource: 'storageclasses', verb: 'get', everywhere: true },
  { group: 'storage.k8s.io', resource: 'storageclasses', verb: 'list', everywhere: true },
]

/** Every verb that is used, by who submits; deploy/ grants exactly these, which a test compares. */
export const RIGHTS: Readonly<Record<'operator' | 'spark-submit', readonly Right[]>> = {
  operator: COMMON,
  // What spark-submit itself does with the user's rights: deploy/rbac-submit.yaml.
  'spark-submit': [
    ...COMMON,
    ...rights('', 'pods', 'create'),
    ...rights('', 'services', 'create patch'),
    ...rights('', 'configmaps', 'patch'),
  ],
}

/** The rights among these that this user has not, asked of the server itself. */
export async function missingRights(
  api: KubeApi,
  wanted: readonly Right[],
  signal?: AbortSignal,
): Promise<Right[]> {
  const answers = await Promise.all(wanted.map(right => isAllowed(api, right, signal)))
  return wanted.filter((_, i) => !answers[i])
}

const ReviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) })

async function isAllowed(api: KubeApi, right: Right, signal?: AbortSignal): Promise<boolean> {
  const [resource, subresource] = right.resource.split('/')
  const review = await api.call<z.infer<typeof ReviewSchema>>(
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      method: 'POST',
      schema: ReviewSchema,
      signal,
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            ...(!right.everywhere && { namespace: api.namespace }),
            group: right.group,
            resource,
            ...(subresource !== undefined && { subresource }),
            verb: right.verb,
          },
        },
      },
    },
  )
  return review.status.allowed
}

export function rightText({ group, resource, verb, everywhere }: Right): string {
  return `${verb} ${group ? `${resource}.${group}` : resource}${everywhere ? ' in the whole cluster' : ''}`
}
