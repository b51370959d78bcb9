import { performance } from 'node:perf_hooks'
import { JobFailedError, LakebenchError } from '../../contracts/errors'
import type {
  BronzeVerifyJob,
  BronzeVerifyResult,
  CorpusFacts,
  GoldFinalizeJob,
  GoldFinalizeResult,
  Job,
  JobResult,
  SilverBuildJob,
  SilverBuildResult,
} from '../../contracts/jobs'
import {
  CORPUS,
  type CorpusLook,
  type CountOptions,
  readUnchanged,
  type TableCounts,
} from '../../contracts/lineage'
import type { BronzeProfile, Capacity, RunPlan } from '../../contracts/plan'
import type {
  ComputeEngine,
  EngineDescription,
  ObjectStore,
  RunDirectory,
  RunJobOptions,
} from '../../contracts/ports'
import type { StreamEngine } from '../../contracts/streams'
import type { TableFiles, TableRole } from '../../contracts/tables'
import { fromDates } from '../../workload/date-profile'
import { SPARK } from '../../workload/dialects/spark'
import { listRaw, listRawObjects, type RawObject, rawObject } from '../../workload/raw-files'
import { collectSums } from '../../workload/sums'
import { brokenPromises, verificationOf } from '../../workload/verification'
import { renderVerifyScans } from '../../workload/verify'
import { JobClient, type SparkDriver } from './job-client'
import type { JobHead } from './job-document'
import { bytesOf, measurement, withBytes, writtenTable } from './measurement'
import {
  bronzeVerifyDocument,
  fingerprintDocument,
  goldFinalizeDocument,
  profileDocument,
  type SparkTable,
  silverBuildDocument,
  sumSources,
  tidyDocument,
} from './render-job'
import type { ResultOf } from './result-document'
import { SparkStreams } from './streams/spark-streams'
import { dateRows, fileFindings, rowFindings } from './verify-answer'
import type { TaskResources } from './write-strategy'

type Sums = ResultOf<'sums'>['sums']

export interface SparkComputeParts {
  readonly driver: SparkDriver
  readonly store: ObjectStore
  readonly bronze: SparkTable
  readonly silver: SparkTable
  readonly gold: SparkTable
  /** Asked at each job, since data generation may have run in between. */
  corpus(): Promise<CorpusFacts>
  /** Asked before raw files are read, and again when they were. */
  look(): Promise<CorpusLook>
  capacity(): Promise<Capacity>
  /** Throws where a table names files outside of it, which Spark would delete with old snapshots; left out where nobody can tell. */
  readonly requireOwnFiles?: (role: TableRole) => Promise<void>
  /** Bytes of a table up to which its fingerprint is made. */
  readonly fingerprintLimit: number
  /** The grant of a plan, in the words of this runner. */
  granted(plan: RunPlan): TaskResources
  describe(): Promise<EngineDescription>
}

/** Stage jobs as PySpark programs: a document goes to the store, a driver carries it out, another document comes back. */
export class SparkComputeEngine implements ComputeEngine {
  readonly capabilities = {
    inProcess: false,
    strategies: ['simple', 'streaming', 'chunked', 'salted'],
  }
  readonly streams: StreamEngine
  private readonly client: JobClient
  private resources: TaskResources | null = null
  private readonly written: Partial<Record<TableRole, TableFiles>> = {}
  /** Results of what the last gold job checked besides, and the raw data that it counted. */
  private checked: (ResultOf<'gold-finalize'>['checks'] & { readonly raw: string | null }) | null =
    null

  constructor(private readonly parts: SparkComputeParts) {
    const { driver, store, bronze, silver, gold } = parts
    this.client = new JobClient(driver, store)
    this.streams = new SparkStreams({
      client: this.client,
      store,
      tables: { bronze, silver, gold },
      requireOwnFiles: parts.requireOwnFiles,
      onDrained: (role, table) => this.note(role, table),
    })
  }

  capacity(): Promise<Capacity> {
    return this.parts.capacity()
  }

  async prepare(plan: RunPlan, run: RunDirectory): Promise<void> {
    this.resources = this.parts.granted(plan)
    await this.parts.driver.prepare(plan, run)
  }

  async run<J extends Job>(job: J, options: RunJobOptions): Promise<JobResult<J['kind']>> {
    switch (job.kind) {
      case 'bronze-verify':
        return (await readUnchanged(this.parts.look, async (corpus, check) => {
          const result = await this.bronzeVerify(job, options)
          await check()
          return { ...result, corpus }
        })) as JobResult<J['kind']>
      case 'silver-build':
        return (await readUnchanged(this.parts.look, async (corpus, check) => {
          const result = await this.silverBuild(job, corpus, options)
          // Too late to take the table back, but the run fails, and gold is not made of it.
          await check()
          return { ...result, corpus }
        })) as JobResult<J['kind']>
      default:
        return (await this.goldFinalize(job as GoldFinalizeJob, options)) as JobResult<J['kind']>
    }
  }

  async profile(options: { signal: AbortSignal }): Promise<BronzeProfile> {
    const listed = await this.usableFiles()
    const files = this.references(listed)
    const answer = await this.client.run('profile', head => profileDocument(head, files), options)
    const { rows, dates } = dateRows(answer.dates)
    return { bytes: bytesOf(listed), files: listed.length, ...fromDates(rows, dates) }
  }

  async expireSnapshots(role: 'silver' | 'gold', options: { signal: AbortSignal }): Promise<void> {
    if (this.checkOf(role) !== null) return
    await this.parts.requireOwnFiles?.(role)
    const { layout } = await this.client.run(
      'tidy',
      head => tidyDocument(head, this.parts[role]),
      options,
    )
    if (layout) this.note(role, layout)
  }

  /** The tables that this engine wrote or cleaned up, as they were after that. */
  get tables(): Readonly<Partial<Record<TableRole, TableFiles>>> {
    return this.written
  }

  private note(role: TableRole, table: Omit<TableFiles, 'faults'>): void {
    this.written[role] = { ...table, faults: null }
  }

  /** True once Spark has carried out anything: asked for more, it would have to be started first. */
  get worked(): boolean {
    return this.client.jobs > 0
  }

  /**
   * Counts over what lies there.
   * @param streams bronze is a table
   * @param lying the snapshots that the tables have by now, where somebody looked
   */
  async sums(
    streams: boolean,
    options: CountOptions,
    lying: Readonly<Partial<Record<string, { readonly snapshot_id: string | null }>>>,
  ): Promise<TableCounts> {
    const known = streams || options.findings ? null : await this.knownSums(lying)
    const sums = known ?? (await this.countedSums(streams, options))
    return collectSums(async what => {
      const { rows = null, problem = null } = sums[what] ?? {}
      if (rows === null) throw new JobFailedError(problem ?? 'it was not told')
      return rows
    }, options)
  }

  async fingerprint(role: 'silver' | 'gold', options: { signal: AbortSignal }): Promise<string> {
    const known = this.checkOf(role)?.fingerprint
    if (known) return known
    const answer = await this.client.run(
      'fingerprint',
      h => fingerprintDocument(h, role, this.parts[role]),
      options,
    )
    return answer.fingerprint
  }

  /** The checks that the gold job is to make besides, and the raw data that it will count. */
  private async checksAfterGold() {
    const { look, fingerprintLimit, requireOwnFiles } = this.parts
    // Gold needs no raw data: what is wrong with it is said when it is asked for at the end.
    const raw = await look().then(
      ({ state }) => state,
      () => null,
    )
    const files = raw === null ? null : await this.rawReferences().catch(() => null)
    const sources = files === null ? {} : sumSources(this.parts, files, { findings: false })
    const made: ('silver' | 'gold')[] = []
    for (const role of this.written.silver ? (['silver', 'gold'] as const) : (['gold'] as const)) {
      // A table that names files outside of it is left to `tidy`, which says so.
      const own = await Promise.resolve(requireOwnFiles?.(role)).then(
        () => true,
        () => false,
      )
      if (own) made.push(role)
    }
    return { raw: files && raw, sources, made, fingerprintLimit }
  }

  /** The gold job's findings in the very content that this engine left. */
  private checkOf(role: 'silver' | 'gold') {
    const check = this.checked?.tables[role]
    return check && check.snapshot_id === this.written[role]?.snapshot_id ? check : null
  }

  /** Those of the gold job, as long as what it counted is what lies there. */
  private async knownSums(lying: Parameters<SparkComputeEngine['sums']>[2]): Promise<Sums | null> {
    const same = (['silver', 'gold'] as const).every(
      role => this.checkOf(role)?.snapshot_id === lying[role]?.snapshot_id,
    )
    if (this.checked === null || !same) return null
    return (await this.parts.look()).state === this.checked.raw ? this.checked.sums : null
  }

  private async countedSums(streams: boolean, options: CountOptions): Promise<Sums> {
    const sources = sumSources(this.parts, streams ? null : await this.rawReferences(), options)
    return (await this.client.run('sums', head => ({ ...head, job: 'sums', sources }), options))
      .sums
  }

  private async rawReferences() {
    return this.references(await this.rawFiles(await this.parts.corpus()))
  }

  describe(): Promise<EngineDescription> {
    return this.parts.describe()
  }

  async close(): Promise<void> {
    await this.parts.driver.close()
  }

  private async bronzeVerify(
    job: BronzeVerifyJob,
    options: RunJobOptions,
  ): Promise<BronzeVerifyResult> {
    const corpus = await this.parts.corpus()
    const { files, others: other_files } = await listRaw(this.parts.store, corpus.prefix)
    const listed = files.map(rawObject)
    const scans = renderVerifyScans(SPARK, {
      source: '{raw}',
      window: corpus.window,
      unfit: 'unfit',
    })
    const read = this.references(listed)
    const answer = await this.client.run(
      'bronze-verify',
      head => bronzeVerifyDocument(head, read, scans),
      options,
    )
    const found = { ...fileFindings(answer, listed, brokenPromises(listed, corpus)), other_files }
    const verification = verificationOf(
      found,
      rowFindings(answer, scans.columns),
      job.gates,
      corpus,
    )
    const { rows, dates } = dateRows(answer.keys?.filter(k => k.kind === 'date') ?? [])
    return {
      ...measurement(answer),
      input_rows: verification.rows,
      output_rows: null,
      input_bytes: verification.bytes,
      output_bytes: null,
      bytes_written: null,
      output_files: null,
      raw_input: answer.raw_input && {
        ...answer.raw_input,
        rows: verification.rows ?? answer.raw_input.rows,
      },
      profile: { bytes: verification.bytes, files: found.files.length, ...fromDates(rows, dates) },
      verification,
    }
  }

  private async silverBuild(
    job: SilverBuildJob,
    corpus: string | null,
    options: RunJobOptions,
  ): Promise<SilverBuildResult> {
    const listed = await this.usableFiles()
    const document = (head: JobHead) =>
      silverBuildDocument(head, this.references(listed), this.parts.silver, {
        job,
        corpus,
        resources: this.grant(),
      })
    const answer = await this.client.run('silver-build', document, {
      ...options,
      ...withBytes(options, bytesOf(listed)),
    })
    this.note('silver', answer.layout)
    return {
      ...measurement(answer),
      ...writtenTable(answer),
      input_bytes: bytesOf(listed),
      raw_input: answer.raw_input,
      strategy: answer.strategy,
      partitions: answer.partitions,
      longest_task_seconds: answer.measured.longest_task_seconds,
    }
  }

  private async goldFinalize(
    job: GoldFinalizeJob,
    options: RunJobOptions,
  ): Promise<GoldFinalizeResult> {
    const begun = performance.now()
    const write = { job, ...(await this.checksAfterGold()) }
    const prepared = (performance.now() - begun) / 1000
    const answer = await this.client.run(
      'gold-finalize',
      head => goldFinalizeDocument(head, this.parts, write),
      options,
    )
    this.note('gold', answer.layout)
    this.checked = { ...answer.checks, raw: write.raw }
    return {
      ...measurement(answer),
      ...writtenTable(answer),
      checked_seconds: prepared + answer.checks.seconds,
      corpus: answer.layout.summary[CORPUS] ?? null,
      input_bytes: answer.input_bytes,
      // Of Iceberg's reads, Spark counts the footers only.
      bytes_read: null,
      partitioning: job.partitioning,
    }
  }

  private grant(): TaskResources {
    if (!this.resources)
      throw new LakebenchError(
        'NOT_PREPARED',
        'The Spark engine was given no plan: call prepare first.',
      )
    return this.resources
  }

  /** Raw files of stages after verification: a file that is not as the generator left it means that verification was left out. */
  private async usableFiles(): Promise<RawObject[]> {
    const corpus = await this.parts.corpus()
    const listed = await this.rawFiles(corpus)
    const [first] = brokenPromises(listed, corpus)
    if (first)
      throw new JobFailedError(
        `${first.file}: ${first.message}. Run bronze-verify for the whole list.`,
      )
    return listed
  }

  private rawFiles({ prefix }: CorpusFacts): Promise<RawObject[]> {
    return listRawObjects(this.parts.store, prefix)
  }

  /** A file of no bytes holds no rows. */
  private references(files: readonly RawObject[]) {
    return files.filter(f => f.bytes > 0).map(f => ({ ...f, uri: this.client.uri(f.key) }))
  }
}
