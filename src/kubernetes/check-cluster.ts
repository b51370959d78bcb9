import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import type { PartStatus } from '../contracts/ports'
import type { KubeApi } from './kube-api'
import { explainKubeError, hasStatus } from './kube-error'
import type { KubeObject, Pod } from './objects'

export interface ClusterNeeds {
  readonly scratch: { readonly type: 'pvc' | 'empty-dir'; readonly storage_class: string }
  readonly service_account: string
  readonly submit: 'operator' | 'spark-submit'
}

/** The remedy where nobody can install the operator. */
export const WITHOUT_OPERATOR =
  'Or set platform.kubernetes.submit: spark-submit, which needs no operator (see docs/kubernetes.md).'

const VersionSchema = z.object({ gitVersion: z.string() })
const KindsSchema = z.object({ resources: z.array(z.object({ name: z.string() })) })
const OPERATOR = '/apis/sparkoperator.k8s.io/v1beta2'
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

/** Checks that a cluster has what a run uses: API, operator, rights, a storage class for scratch. Never throws, but on abort. */
export async function checkCluster(
  api: KubeApi,
  needs: ClusterNeeds,
  signal?: AbortSignal,
): Promise<PartStatus> {
  const base = { part: 'kubernetes', address: `${api.server} (namespace ${api.namespace})` }
  const started = performance.now()
  try {
    const version = await api.call<z.infer<typeof VersionSchema>>('/version', {
      schema: VersionSchema,
      signal,
    })
    const latency_ms = performance.now() - started
    const findings = await Promise.all([
      ...(needs.submit === 'operator'
        ? [
            operatorKind(api).catch(
              unseen('Whether the cluster has SparkApplications cannot be seen with these rights.'),
            ),
            operatorPods(api).catch(unseen(UNSEEN_OPERATOR)),
          ]
        : []),
      checkRights(api, needs.submit, signal),
      scratch(api, needs).catch(unseen('The storage class cannot be seen with these rights.')),
    ])
    const problems = findings.flatMap(f => (f.ok ? [] : [f.text]))
    const details = problems.length > 0 ? problems : findings.map(f => f.text)
    return {
      ...base,
      healthy: problems.length === 0,
      version: version.gitVersion,
      latency_ms,
      details,
    }
  } catch (error) {
    signal?.throwIfAborted()
    const explained = explainKubeError(error, 'answer', api.server)
    return {
      ...base,
      healthy: false,
      version: null,
      latency_ms: null,
      details: [explained instanceof Error ? explained.message : String(explained)],
    }
  }
}

interface Finding {
  readonly ok: boolean
  readonly text: string
}

/** A part that may not be looked at; the finding about rights names the right. */
const unseen =
  (text: string) =>
  (error: unknown): Finding => {
    if (hasStatus(error, 403)) return { ok: true, text }
    throw error
  }

const UNSEEN_OPERATOR =
  "The operator's namespace may not be looked into with these rights (list pods in the whole cluster), so nobody knows yet whether the operator runs; the first job tells within 60 s."

async function operatorKind(api: KubeApi): Promise<Finding> {
  const found = await api.find<z.infer<typeof KindsSchema>>(OPERATOR, { schema: KindsSchema })
  if (found?.resources.some(r => r.name === 'sparkapplications'))
    return { ok: true, text: 'SparkApplication (sparkoperator.k8s.io/v1beta2) is there.' }
  return {
    ok: false,
    text: `The cluster has no SparkApplications: install the spark-operator (Helm chart kubeflow/spark-operator, 2.x), with this namespace among its spark.jobNamespaces. ${WITHOUT_OPERATOR}`,
  }
}

async function checkRights(
  api: KubeApi,
  submit: ClusterNeeds['submit'],
  signal?: AbortSignal,
): Promise<Finding> {
  const wanted = RIGHTS[submit]
  const missing = await missingRights(api, wanted, signal)
  if (missing.length === 0)
    return { ok: true, text: `All ${wanted.length} rights that a run uses are granted.` }
  return {
    ok: false,
    text: `These rights are missing: ${missing.map(rightText).join(', ')}. Apply deploy/rbac.yaml (namespace)${submit === 'spark-submit' ? ', deploy/rbac-submit.yaml (submission)' : ''} and deploy/rbac-cluster.yaml (capacity) for this user.`,
  }
}

/** Looks for the operator in all namespaces, since its kind does not name the one where it runs; its pods have a label where its chart made them. */
async function operatorPods(api: KubeApi): Promise<Finding> {
  const query = { labelSelector: 'app.kubernetes.io/name=spark-operator' }
  const items = await api.list<Pod>('/api/v1/pods', { query })
  if (items.length === 0)
    return {
      ok: true,
      text: 'No pod in any namespace has the label that the chart of the operator gives (app.kubernetes.io/name=spark-operator); the first job tells within 60 s whether one runs without it.',
    }
  const ready = items.filter(p =>
    p.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True'),
  )
  return ready.length > 0
    ? { ok: true, text: `The operator is ready (${ready.map(p => p.metadata.name).join(', ')}).` }
    : {
        ok: false,
        text: `The operator's pods are not ready: ${items.map(p => `${p.metadata.name} is ${p.status?.phase}`).join(', ')}.`,
      }
}

async function scratch(
  api: KubeApi,
  { scratch: { type, storage_class } }: ClusterNeeds,
): Promise<Finding> {
  const classes = '/apis/storage.k8s.io/v1/storageclasses'
  if (type === 'empty-dir') return { ok: true, text: "Executors spill to their nodes' disks." }
  if (storage_class !== '') {
    const found = await api.find<KubeObject>(`${classes}/${encodeURIComponent(storage_class)}`)
    return found
      ? { ok: true, text: `Storage class ${storage_class} is there.` }
      : {
          ok: false,
          text: `There is no storage class ${storage_class}: correct platform.kubernetes.scratch.storage_class (\`kubectl get storageclass\`), or set platform.kubernetes.scratch.type: empty-dir.`,
        }
  }
  const items = await api.list<KubeObject>(classes)
  const standard = items.find(c => c.metadata.annotations?.[DEFAULT_CLASS] === 'true')
  return standard
    ? {
        ok: true,
        text: `Scratch volumes come from the default storage class ${standard.metadata.name}.`,
      }
    : {
        ok: false,
        text: 'The cluster has no default storage class: name one in platform.kubernetes.scratch.storage_class, or set platform.kubernetes.scratch.type: empty-dir.',
      }
}

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
