import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LakebenchError } from '../../../../contracts/errors'
import type { ExecutorPlan, RunPlan } from '../../../../contracts/plan'
import type { RunDirectory, RunJobOptions } from '../../../../contracts/ports'
import type { KubeApi } from '../../../../kubernetes/kube-api'
import { explainKubeError } from '../../../../kubernetes/kube-error'
import { RunClaim } from '../../../../kubernetes/run-claim'
import { RunObjects } from '../../../../kubernetes/run-objects'
import { never } from '../../../../shared/abort'
import type { Redact } from '../../../../shared/redaction'
import type { SparkDriver, SparkJob } from '../../job-client'
import { OutputLog } from '../output-log'
import type { ApplicationSettings } from './application-request'
import { awaitApplication } from './await-application'
import { DriverOutput } from './driver-output'

import { createRunFiles, type RunFiles } from './run-files'
import {
  driverPod,
  executorPods,
  type SparkApplication,
  type Submission,
  type SubmittedApplication,
} from './submission'

export interface KubernetesSparkOptions {
  readonly api: KubeApi
  readonly submission: Submission
  readonly jobsFolder: string
  /** Seconds that pods may wait for a node or an image. */
  readonly pendingSeconds: number
  /** Environment of drivers and executors; kept in a Secret. */
  readonly secretEnv: Readonly<Record<string, string>>
  /** Must not show in a log or an error. */
  readonly redact: Redact
  /** PEM certificates of authorities that pods trust beside their Java's own. */
  readonly authorities: readonly string[]
  settings(plan: RunPlan): ApplicationSettings
}

/** A run's objects in the cluster beside its applications. */
interface RunResources {
  readonly claim: RunClaim
  readonly files: RunFiles
  readonly objects: RunObjects<SparkApplication>
}

/** The longest that pods of an ended application may take to go. */
const GONE_MS = 60_000

/** An application in the cluster for each job: handed over, watched to its end, and nothing of it stays. */
export class KubernetesSpark implements SparkDriver {
  readonly simultaneous = true
  private plan: RunPlan | null = null
  private place: RunDirectory | null = null
  private resources: Promise<RunResources> | null = null
  private count = 0
  /** Names of one process are its own, also where a resumed run has the same id. */
  private readonly suffix = randomBytes(2).toString('hex')
  private readonly removals = new Set<Promise<void>>()

  constructor(private readonly options: KubernetesSparkOptions) {}

  async prepare(plan: RunPlan, place: RunDirectory): Promise<void> {
    this.plan = plan
    this.place = place
  }

  async run(job: SparkJob, options: RunJobOptions): Promise<void> {
    try {
      await this.runApplication(job, options)
    } catch (error) {
      options.signal.throwIfAborted()
      throw explainKubeError(error, `run ${job.name}`, this.options.api.server)
    }
  }

  /** Ends what still runs and removes everything of the run. */
  async close(): Promise<void> {
    const resources = await this.resources?.catch(() => null)
    if (!resources) return
    this.resources = null
    await Promise.allSettled(this.removals)
    await resources.claim.release()
  }

  private async runApplication(
    job: SparkJob,
    { signal, onState = () => {} }: RunJobOptions,
  ): Promise<void> {
    const { plan, place } = this.prepared()
    const { api, redact } = this.options
    this.resources ??= this.enter(place.run_id, signal)
    const { claim, files, objects } = await this.resources.catch(error => {
      this.resources = null
      throw error
    })
    const number = ++this.count
    const name = `lb-${place.run_id}-${this.suffix}-${number}-${job.name}`
    const request = {
      name,
      runId: place.run_id,
      job: job.name,
      module: job.module,
      document: job.job,
      profile: profileOf(plan, job.name),
      plan,
      settings: this.options.settings(plan),
      owner: claim.owner,
      ...files,
    }
    const runDir = place.run_dir
    const app = await this.options.submission.submit(request, { objects, runDir, redact, signal })
    onState('created', name)
    const log = join(runDir, `driver-${this.suffix}-${number}-${job.name}.log`)
    const output = new DriverOutput(api, objects, name, new OutputLog(log, redact))
    const pendingMs = this.options.pendingSeconds * 1000
    try {
      await awaitApplication(app, { api, objects, output, signal, pendingMs, onState })
    } catch (error) {
      await output.close()
      // Whatever ended it: before the next thing happens, nothing of it runs.
      await this.remove(app, objects)
      throw error
    }
    // The job is done; the rest of its log and its removal keep nobody waiting.
    const removal = this.finish(app, output).finally(() => this.removals.delete(removal))
    this.removals.add(removal)
  }

  private async enter(runId: string, signal: AbortSignal): Promise<RunResources> {
    const { api, jobsFolder, secretEnv, authorities, submission } = this.options
    const claim = await RunClaim.take(api, runId, signal)
    try {
      const contents = { jobsFolder, secretEnv, authorities }
      const files = await createRunFiles(claim, contents, signal)
      return { claim, files, objects: new RunObjects(api, runId, submission.collection) }
    } catch (error) {
      await claim.release().catch(() => {})
      throw error
    }
  }

  private async finish(app: SubmittedApplication, output: DriverOutput): Promise<void> {
    await output.settled()
    await output.close()
    await app.remove().catch(() => {})
  }

  /** Removes an application with what it owns, and waits until its pods are gone. What cannot be removed now is swept by `close`. */
  private async remove(app: SubmittedApplication, objects: RunObjects): Promise<void> {
    await app.remove().catch(() => {})
    const pods = () => [driverPod(objects, app.name), ...executorPods(objects, app.name)]
    try {
      for (const end = performance.now() + GONE_MS; performance.now() < end; ) {
        await objects.next(never())
        if (pods().every(pod => pod === null)) return
      }
    } catch {
      // A cluster that is not reached says nothing more.
    }
  }

  private prepared(): { plan: RunPlan; place: RunDirectory } {
    if (this.plan && this.place) return { plan: this.plan, place: this.place }
    throw new LakebenchError(
      'NOT_PREPARED',
      'Spark on Kubernetes was given no plan: call prepare first.',
    )
  }
}

/** The care of tables between stages needs no more than verification does; a digest reads all of a table, as gold does. */
export function profileOf(plan: RunPlan, job: string): ExecutorPlan {
  const stage = (
    {
      profile: 'bronze-verify',
      tidy: 'bronze-verify',
      fingerprint: 'gold-finalize',
      sums: 'bronze-verify',
    } as const
  )[job]
  const wanted: string = stage ?? job
  const found = [...plan.jobs, ...(plan.streams ?? [])].find(p => p.job_name === wanted)
  if (!found) throw new RangeError(`The plan has no profile for ${job}.`)
  return job === 'tidy' ? { ...found, executors: 1 } : found
}
