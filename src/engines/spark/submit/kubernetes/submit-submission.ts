import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeApi } from '../../../../kubernetes/kube-api'
import type { Pod } from '../../../../kubernetes/objects'
import { makeScratchFolder } from '../../../../shared/scratch-folder'
import { runToEnd } from '../driver-process'
import { propertiesText, submitEnvironment } from '../driver-settings'
import type { FoundSpark } from '../find-spark'
import { submitFailed } from './application-failure'
import {
  APPLICATION,
  type ApplicationRequest,
  applicationLabels,
  driverOf,
  ownedDriverTemplate,
  podShape,
  podTemplateOf,
  sparkConf,
} from './application-request'
import { JOBS_FOLDER } from './run-files'
import {
  driverPod,
  type Submission,
  type SubmitContext,
  type SubmittedApplication,
} from './submission'

export interface SubmitOptions {
  readonly api: KubeApi
  /** kubeconfig context; empty: the current one. */
  readonly context: string
  /** The Spark of this machine whose spark-submit is used; looked for once. */
  spark(): Promise<FoundSpark>
}

/** Jobs through `spark-submit --master k8s://`, for clusters without the operator. What became of one, its driver pod tells. */
export class SubmitSubmission implements Submission {
  readonly collection = null

  constructor(private readonly options: SubmitOptions) {}

  async submit(request: ApplicationRequest, context: SubmitContext): Promise<SubmittedApplication> {
    const { api } = this.options
    const spark = await this.options.spark()
    // Only this user can open it.
    const folder = makeScratchFolder(tmpdir(), 'lakebench-submit-')
    try {
      await this.runSubmit(request, context, spark, folder)
    } catch (error) {
      await this.removePods(request).catch(() => {})
      throw error
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    const path = api.in('api/v1', 'pods', driverPodName(request))
    return {
      name: request.name,
      status: async signal =>
        statusOf(
          driverPod(context.objects, request.name) ?? (await api.find<Pod>(path, { signal })),
        ),
      remove: () => this.removePods(request),
    }
  }

  /** Ends when the driver's pod is made. */
  private async runSubmit(
    request: ApplicationRequest,
    { runDir, redact, signal }: SubmitContext,
    spark: FoundSpark,
    folder: string,
  ): Promise<void> {
    const log = join(runDir, `submit-${request.name}.log`)
    const command = await this.writeFiles(request, spark, folder)
    const env = environment(spark, folder)
    const { exit, lines } = await runToEnd({ command, env, folder, log, redact }, signal)
    if (exit.code !== 0) throw submitFailed(request.name, exit, lines, log)
  }

  private async writeFiles(
    request: ApplicationRequest,
    spark: FoundSpark,
    folder: string,
  ): Promise<string[]> {
    const { api, context } = this.options
    const templates = {
      driver: join(folder, 'driver.json'),
      executor: join(folder, 'executor.json'),
    }
    const properties = join(folder, 'spark.properties')
    await mkdir(confFolder(folder))
    await writeFile(templates.driver, JSON.stringify(ownedDriverTemplate(request)))
    await writeFile(
      templates.executor,
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...podTemplateOf('executor', request) }),
    )
    await writeFile(
      properties,
      propertiesText(submitProperties(request, { namespace: api.namespace, context, templates })),
    )
    return [
      spark.submit,
      ...['--master', `k8s://${api.server}`],
      ...['--deploy-mode', 'cluster'],
      ...['--name', request.name],
      ...['--properties-file', properties],
      `local://${JOBS_FOLDER}/${request.module}.py`,
      request.document,
    ]
  }

  /** Services, maps and claims of an application belong to its driver. */
  private async removePods(request: ApplicationRequest): Promise<void> {
    const { api } = this.options
    const pods = api.in('api/v1', 'pods')
    const items = await api.list<Pod>(pods, {
      query: { labelSelector: `${APPLICATION}=${request.name}` },
    })
    for (const { metadata } of items)
      await api.remove(`${pods}/${metadata.name}`, { uid: metadata.uid })
  }
}

const PHASES: Readonly<Record<string, string>> = {
  Pending: 'SUBMITTED',
  Running: 'RUNNING',
  Succeeded: 'COMPLETED',
  Failed: 'FAILED',
}

/** The operator's words for what a driver pod is in: spark-submit has made it, so one that is not there is gone. */
const statusOf = (driver: Pod | null) => ({
  state: driver === null ? 'FAILED' : (PHASES[driver.status?.phase ?? 'Pending'] ?? 'UNKNOWN'),
  message: driver?.status?.message ?? '',
})

const confFolder = (folder: string): string => join(folder, 'conf')

/** No setting of this machine goes into the pods, its Python neither: the plan is the same wherever it is submitted from. */
function environment(spark: FoundSpark, folder: string): NodeJS.ProcessEnv {
  const { HADOOP_CONF_DIR: _, YARN_CONF_DIR: __, ...inherited } = submitEnvironment(spark)
  return { ...inherited, SPARK_CONF_DIR: confFolder(folder) }
}

export interface SubmitPlace {
  readonly namespace: string
  /** kubeconfig context; empty: the current one. */
  readonly context: string
  /** Files of the pod templates. */
  readonly templates: { readonly driver: string; readonly executor: string }
}

export const driverPodName = ({ name }: Pick<ApplicationRequest, 'name'>): string =>
  `${name}-driver`

/** The properties that tell spark-submit of an application what the operator is told of it. Pure. */
export function submitProperties(
  request: ApplicationRequest,
  place: SubmitPlace,
): Record<string, string> {
  const { profile, settings } = request
  const driver = podShape(driverOf(profile))
  const executor = podShape(profile.shape)
  const labels = Object.entries(applicationLabels(request))
  return {
    ...(place.context !== '' && { 'spark.kubernetes.context': place.context }),
    'spark.kubernetes.namespace': place.namespace,
    'spark.kubernetes.container.image': settings.image,
    'spark.kubernetes.container.image.pullPolicy': 'IfNotPresent',
    ...(settings.pullSecrets.length > 0 && {
      'spark.kubernetes.container.image.pullSecrets': settings.pullSecrets.join(','),
    }),
    ...(settings.serviceAccount !== '' && {
      'spark.kubernetes.authenticate.driver.serviceAccountName': settings.serviceAccount,
    }),
    'spark.kubernetes.driver.pod.name': driverPodName(request),
    'spark.kubernetes.driver.podTemplateFile': place.templates.driver,
    'spark.kubernetes.executor.podTemplateFile': place.templates.executor,
    ...Object.fromEntries(
      labels.flatMap(([key, value]) => [
        [`spark.kubernetes.driver.label.${key}`, value],
        [`spark.kubernetes.executor.label.${key}`, value],
      ]),
    ),
    'spark.driver.cores': String(driver.cores),
    'spark.kubernetes.driver.request.cores': driver.coreRequest,
    'spark.driver.memory': driver.memory,
    'spark.driver.memoryOverhead': driver.memoryOverhead,
    'spark.executor.instances': String(profile.executors),
    'spark.executor.cores': String(executor.cores),
    'spark.kubernetes.executor.request.cores': executor.coreRequest,
    'spark.executor.memory': executor.memory,
    'spark.executor.memoryOverhead': executor.memoryOverhead,
    // They go with their driver; until then a list shows how each of them ended.
    'spark.kubernetes.executor.deleteOnTermination': 'false',
    // The pods are watched by the run itself.
    'spark.kubernetes.submission.waitAppCompletion': 'false',
    ...sparkConf(request),
  }
}
