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
import type { ApplicationRequest } from './application-request'
import { APPLICATION, ownedDriverTemplate, podTemplateOf } from './pod-template'
import { JOBS_FOLDER } from './run-files'
import type { Submission, SubmitContext, SubmittedApplication } from './submission'
import { driverPod } from './submission'
import { driverPodName, submitProperties } from './submit-properties'

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
