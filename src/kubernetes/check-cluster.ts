import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import type { PartStatus } from '../contracts/status'
import type { KubeApi } from './kube-api'
import { explainKubeError, hasStatus } from './kube-error'
import type { KubeObject, Pod } from './objects'
import { missingRights, RIGHTS, rightText } from './rights'

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
      rights(api, needs.submit, signal),
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

async function rights(
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
