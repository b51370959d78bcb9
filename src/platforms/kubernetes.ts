import { join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import { FINGERPRINT_LIMIT } from '../contracts/limits'
import type { ExecutorPlan, RunPlan } from '../contracts/plan'
import type { QueryEngine } from '../contracts/ports'
import { redactorOf } from '../contracts/secrets'
import { SparkComputeEngine } from '../engines/spark/compute-engine'
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
import type { KubeApi } from '../kubernetes/kube-api'
import { explainKubeError } from '../kubernetes/kube-error'
import type { Placement } from '../kubernetes/placement'
import type { RunSession } from '../pipeline/parts'
import type { RunPart } from '../pipeline/stage'
import { packageRoot } from '../shared/package-root'
import { openS3Store, type S3Store } from '../storage/s3/s3-store'
import { checkCatalog } from './catalog-check'
import { leaseHolder, openCluster } from './kubernetes-cluster'
import { machineRecord } from './machine-record'
import { checkQueryEngine, openQueryEngine } from './query-session'
import { rawDataOf } from './raw-data'
import { sparkLayout, sparkSums, sparkTables, warehousesOf } from './spark-tables'
import { s3Of } from './storage-place'
import type { LayoutRecord } from './table-layout'

export { generateOnCluster as generateInto } from './cluster-datagen'
export { verifyInto } from './corpus-session'

/** Open Spark on the cluster that a config names. Nothing is made there before the first job. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const api = await openCluster(config)
  const { ca_cert } = s3Of(config)
  const authorities = ca_cert === '' ? [] : await certificates(ca_cert)
  const store = await openS3Store(s3Of(config))
  const raw = rawDataOf(config, store)
  let queryEngine: QueryEngine | null = null
  let layout: LayoutRecord | null = null
  try {
    queryEngine = await openQueryEngine(config)
  } catch (error) {
    store.close()
    throw error
  }
  const warehouses = warehousesOf(store)
  const spark = sparkOnCluster(config, api, { warehouses, authorities })
  const compute = new SparkComputeEngine({
    driver: spark,
    store,
    ...sparkTables(config, store),
    corpus: raw.facts,
    look: raw.look,
    fingerprintLimit: FINGERPRINT_LIMIT[config.architecture.pipeline.fingerprint],
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
  })
  return {
    compute,
    queryEngine,
    corpus: raw.record,
    environment: async () => ({
      ...machineRecord(),
      engine: await compute.describe(),
      // What does not answer is `null`: the stage that needed it says why.
      ...(queryEngine && { query_engine: await queryEngine.describe().catch(() => null) }),
      store: s3Of(config).endpoint || `AWS S3 in ${s3Of(config).region}`,
      catalog: config.architecture.catalog.type,
      kubernetes_requests: api.requests,
    }),
    look: raw.look,
    layout: async () => {
      layout = await sparkLayout(config, compute, queryEngine)
      return layout
    },
    sums: options => sparkSums(config, compute, queryEngine, layout?.tables ?? {}, options),
    preflight: ({ needs, signal }) => preflight(config, { api, store, needs, signal }),
    close: async () => {
      try {
        await Promise.all([compute.close(), queryEngine?.close()])
      } finally {
        store.close()
      }
    },
  }
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
    holder: leaseHolder(),
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
