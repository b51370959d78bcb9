import { tmpdir } from 'node:os'
import { LakebenchError } from '../../contracts/errors'
import type { LocalSparkResources, RunPlan } from '../../contracts/plan'
import type { RunDirectory, RunJobOptions } from '../../contracts/ports'
import type { SparkDriver } from './job-client'
import { type FoundSpark, findSpark } from './submit/find-spark'
import { sparkJars } from './submit/jars'
import { LocalDriver } from './submit/local-driver'

export interface LocalSparkOptions {
  /** Folder of a Spark distribution; empty: looked for. */
  readonly home: string
  readonly jars: string
  readonly packages: readonly string[] | null
  /** Whether data lies in an S3 store. */
  readonly s3: boolean
  /** PEM file of authorities to trust beside Java's own; empty: none. */
  readonly caCert: string
  /** Folder of the PySpark jobs. */
  readonly jobsFolder: string
  /** Where a driver may spill; a temporary folder where left out. */
  readonly scratchFolder?: string
  /** Spark properties that the user gave. */
  readonly conf: Readonly<Record<string, string>>
  settings(resources: LocalSparkResources, maxResultSize: number): Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly object[]
}

/** A Spark on this machine and the jars it is given. */
export interface SparkInstallation {
  readonly spark: FoundSpark
  readonly jars: readonly string[]
}

/**
 * The Spark of this machine that a config means, with its jars; they are fetched if need be.
 * @throws PrerequisiteError naming what is missing and how to get it
 */
export async function findInstallation(
  { home, ...wanted }: Pick<LocalSparkOptions, 'home' | 'jars' | 'packages' | 'conf' | 's3'>,
  signal: AbortSignal,
  onFetch?: (coordinates: string) => void,
): Promise<SparkInstallation> {
  const { env } = process
  const spark = await findSpark({ home, env })
  return {
    spark,
    jars: await sparkJars({ ...wanted, spark, signal, env, onFetch }),
  }
}

/** One driver for all jobs of a run, started by the first of them, and again where one was lost. */
export class LocalSpark implements SparkDriver {
  /** Its cores and memory are one machine's. */
  readonly simultaneous = false
  private driver: LocalDriver | null = null
  private plan: RunPlan | null = null
  private place: RunDirectory | null = null
  private found: Promise<SparkInstallation> | null = null

  constructor(private readonly options: LocalSparkOptions) {}

  /**
   * The Spark that jobs will run on, looked for once. `onFetch`: a jar is fetched first, which can take minutes.
   * @throws PrerequisiteError naming what is missing and how to get it
   */
  async installation(
    signal: AbortSignal,
    onFetch?: (coordinates: string) => void,
  ): Promise<SparkInstallation> {
    this.found ??= findInstallation(this.options, signal, onFetch)
    try {
      return await this.found
    } catch (error) {
      this.found = null
      throw error
    }
  }

  async prepare(plan: RunPlan, place: RunDirectory): Promise<void> {
    this.plan = plan
    this.place = place
  }

  async run(
    job: { readonly module: string; readonly job: string },
    options: RunJobOptions,
  ): Promise<void> {
    if (!this.driver?.alive) this.driver = await this.start(options)
    await this.driver.run(job, {
      signal: options.signal,
      onProgress: options.onProgress,
    })
  }

  async close(): Promise<void> {
    await this.driver?.stop()
  }

  private async start({ signal, onState }: RunJobOptions): Promise<LocalDriver> {
    const resources = this.plan?.local_spark
    if (!this.plan || !resources || !this.place)
      throw new LakebenchError(
        'NOT_PREPARED',
        'Spark on this machine was given no plan: call prepare first.',
      )
    const { spark, jars } = await this.installation(signal)
    const { jobsFolder, settings, env, secrets, scratchFolder, caCert } = this.options
    return LocalDriver.start({
      spark,
      jars,
      jobsFolder,
      conf: settings(resources, this.plan.max_result_size),
      env,
      secrets,
      caCert,
      cores: resources.cores,
      memory: resources.memory,
      outputFolder: this.place.run_dir,
      scratchFolder: scratchFolder ?? tmpdir(),
      signal,
      onState,
    })
  }
}
