import { join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import type { ExecutorPlan, RunPlan } from '../contracts/plan'
import type { PartStatus } from '../contracts/ports'
import {
  asPodsSeeIt,
  partBySecrecy,
  sparkEnvironment,
  sparkSettings,
} from '../engines/spark/settings'
import { findSpark } from '../engines/spark/submit/find-spark'
import { KubernetesSpark } from '../engines/spark/submit/kubernetes/kubernetes-spark'
import { OperatorSubmission } from '../engines/spark/submit/kubernetes/operator-submission'
import { SECRET_CONF } from '../engines/spark/submit/kubernetes/run-files'
import type { Submission } from '../engines/spark/submit/kubernetes/submission'
import { SubmitSubmission } from '../engines/spark/submit/kubernetes/submit-submission'
import { certificates } from '../engines/spark/submit/trust-store'
import { capacityOf, readCluster } from '../kubernetes/capacity'
import { checkCluster } from '../kubernetes/check-cluster'
import { connect } from '../kubernetes/connect'
import type { KubeApi } from '../kubernetes/kube-api'
import { explainKubeError } from '../kubernetes/kube-error'
import type { Placement } from '../kubernetes/placement'
import { removeRun, type Swept, sweep } from '../kubernetes/run-claim'
import type { RunSession } from '../pipeline/pipeline-options'
import type { RunPart } from '../pipeline/stage'
import { packageRoot } from '../shared/package-root'
import { redactorOf } from '../shared/redaction'
import type { S3Store } from '../storage/s3/s3-store'
import { checkCatalog } from './catalog-check'
import { checkQueryEngine } from './query-session'
import { openSparkSession, s3Storage, warehousesOf } from './spark-session'
import { s3Of } from './storage-place'

export { generateOnCluster as generateInto } from './cluster-datagen'
export { verifyInto } from './corpus-session'

/** Open Spark on the cluster that a config names. Nothing is made there before the first job. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const api = await connect(config.platform.kubernetes)
  const { ca_cert } = s3Of(config)
  const authorities = ca_cert === '' ? [] : await certificates(ca_cert)
  const storage = await s3Storage(s3Of(config))
  const warehouses = warehousesOf(storage.store)
  const spark = sparkOnCluster(config, api, { warehouses, authorities })
  return openSparkSession(config, storage, {
    driver: spark,
    capacity: () => clusterCapacity(api, config.platform.kubernetes),
    granted: plan => allExecutors(plan.jobs.find(job => job.job_name === 'silver-build')!),
    describe: async () => ({
      name: 'spark',
      version: config.platform.kubernetes.image.split(':').at(-1) ?? 'unknown',
      details: {
        master: `k8s://${api.server}`,
        namespace: api.namespace,
        image: config.platform.kubernetes.image,
      },
    }),
    environment: () => ({ kubernetes_requests: api.requests }),
    preflight: ({ needs, signal }) =>
      preflight(config, { api, store: storage.store, needs, signal }),
  })
}

async function clusterCapacity(api: KubeApi, placement: Placement) {
  try {
    return capacityOf(await readCluster(api), placement)
  } catch (error) {
    throw explainKubeError(error, 'show its nodes and what runs on them', api.server)
  }
}

async function preflight(
  config: ResolvedConfig,
  {
    api,
    store,
    needs,
    signal,
  }: { api: KubeApi; store: S3Store; needs: ReadonlySet<RunPart>; signal: AbortSignal },
): Promise<void> {
  if (needs.has('store')) await store.ensureBuckets()
  if (needs.has('compute') && config.platform.kubernetes.submit === 'spark-submit')
    await findSpark({ home: config.platform.compute.spark.home, env: process.env })
  const parts = [
    needs.has('compute') ? await checkCluster(api, config.platform.kubernetes, signal) : null,
    needs.has('compute') ? await checkCatalog(config.architecture.catalog) : null,
    needs.has('query engine') ? await checkQueryEngine(config) : null,
  ]
  const unwell = parts.find(part => part !== null && !part.healthy)
  if (unwell)
    throw new PrerequisiteError(
      `The ${unwell.part} at ${unwell.address}: ${unwell.details.join(' ')}`,
    )
}

interface ClusterFacts {
  readonly warehouses: ReturnType<typeof warehousesOf>
  /** PEM certificates. */
  readonly authorities: readonly string[]
}

function sparkOnCluster(
  config: ResolvedConfig,
  api: KubeApi,
  { warehouses, authorities }: ClusterFacts,
) {
  const inside = asPodsSeeIt(config)
  const { kubernetes } = config.platform
  const { secret } = partBySecrecy(
    sparkSettings({ config: inside, warehouses, local: null, maxResultSize: 0 }),
  )
  const secretEnv = {
    ...sparkEnvironment(inside.platform),
    ...(Object.keys(secret).length > 0 && { [SECRET_CONF]: JSON.stringify(secret) }),
  }
  return new KubernetesSpark({
    api,
    submission: submissionOf(config, api),
    jobsFolder: join(packageRoot(), 'spark-jobs'),
    pendingSeconds: kubernetes.pending_timeout,
    secretEnv,
    authorities,
    redact: redactorOf(config),
    settings: (plan: RunPlan) => ({
      image: kubernetes.image,
      pullSecrets: kubernetes.image_pull_secrets,
      serviceAccount: kubernetes.service_account,
      scratch: kubernetes.scratch,
      placement: kubernetes,
      conf: partBySecrecy(
        sparkSettings({
          config: inside,
          warehouses,
          local: null,
          maxResultSize: plan.max_result_size,
        }),
      ).open,
    }),
  })
}

function submissionOf(
  { platform: { kubernetes, compute } }: ResolvedConfig,
  api: KubeApi,
): Submission {
  if (kubernetes.submit === 'operator') return new OperatorSubmission(api)
  let found: ReturnType<typeof findSpark> | null = null
  const spark = () => {
    found ??= findSpark({ home: compute.spark.home, env: process.env })
    return found
  }
  return new SubmitSubmission({ api, context: kubernetes.context, spark })
}

/** Cores and memory that the tasks of a job have together. */
const allExecutors = ({ executors, shape }: ExecutorPlan) => ({
  cores: executors * Math.max(1, Math.round(shape.cores)),
  memory: executors * shape.memory,
})

/** Asks the cluster, and the Spark of this machine where no operator submits. */
export async function computeStatus(config: ResolvedConfig): Promise<PartStatus> {
  const { kubernetes } = config.platform
  try {
    const cluster = await checkCluster(await connect(kubernetes), kubernetes)
    return kubernetes.submit === 'spark-submit' ? await withSubmit(cluster, config) : cluster
  } catch (error) {
    const address = kubernetes.context || 'the current context'
    const details = [shortMessage(error)]
    return { part: 'kubernetes', address, healthy: false, version: null, latency_ms: null, details }
  }
}

async function withSubmit(cluster: PartStatus, { platform }: ResolvedConfig): Promise<PartStatus> {
  try {
    const { home, version } = await findSpark({
      home: platform.compute.spark.home,
      env: process.env,
    })
    const submit = `Jobs are submitted by the spark-submit of Spark ${version} in ${home}.`
    return cluster.healthy ? { ...cluster, details: [...cluster.details, submit] } : cluster
  } catch (error) {
    const known = cluster.healthy ? [] : cluster.details
    return { ...cluster, healthy: false, details: [...known, shortMessage(error)] }
  }
}

/** Removes the applications, jobs, pods, claims, config maps, secrets and leases that runs left in the cluster. */
export async function cleanRuns(
  config: ResolvedConfig,
  run: string | undefined,
  signal: AbortSignal,
): Promise<readonly Swept[]> {
  const api = await connect(config.platform.kubernetes)
  try {
    if (run === undefined) return await sweep(api, { signal })
    const removed = await removeRun(api, run, signal)
    return removed.length === 0 ? [] : [{ run_id: run, removed }]
  } catch (error) {
    signal.throwIfAborted()
    throw explainKubeError(error, 'remove what runs left', api.server)
  }
}
