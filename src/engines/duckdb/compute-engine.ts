import { CommitUnknownError, JobFailedError, LakebenchError } from '../../contracts/errors'
import type { CorpusFacts, Job, JobResult } from '../../contracts/jobs'
import { type CorpusLook, readUnchanged } from '../../contracts/lineage'
import type { BronzeProfile, Capacity, RunPlan } from '../../contracts/plan'
import type {
  ComputeEngine,
  EngineDescription,
  ObjectStore,
  RunJobOptions,
} from '../../contracts/ports'
import type { StreamEngine } from '../../contracts/streams'
import { expireReplaced } from '../../iceberg/table'
import { never } from '../../shared/abort'
import { machineCapacity } from '../../shared/machine-limits'
import { listRaw } from '../../workload/raw-files'
import { bronzeVerify, profileBronze } from './bronze-verify'
import { explain } from './explain-error'
import { goldFinalize } from './gold-finalize'
import { inspectRawFiles, type RawInspection } from './raw-files'
import { rawRelation } from './raw-relation'
import { Relations, tableFingerprint } from './relations'
import type { DuckDbSession } from './session'
import { silverBuild } from './silver-build'
import { DuckDbStreams } from './streams/streams'

export interface DuckDbComputeParts {
  readonly session: DuckDbSession
  readonly store: ObjectStore
  readonly silver: string
  readonly gold: string
  /** The bronze table of continuous mode; batch reads the raw files. */
  readonly bronze: string
  /** Asked at each job, since data generation may have run in between. */
  corpus(): Promise<CorpusFacts>
  /** Asked before raw files are read, and again when they were. */
  look(): Promise<CorpusLook>
}

/** The embedded engine: every job is SQL in this process, over files on this disk. */
export class DuckDbComputeEngine implements ComputeEngine {
  readonly capabilities = {
    inProcess: true,
    strategies: ['simple', 'streaming', 'chunked', 'salted'],
  }
  readonly relations: Relations
  readonly streams: StreamEngine
  private granted: RunPlan['embedded'] = null

  constructor(private readonly parts: DuckDbComputeParts) {
    this.relations = new Relations({
      silver: parts.silver,
      gold: parts.gold,
      bronze: () => this.bronze(),
    })
    const { session, store, bronze, silver, gold } = parts
    this.streams = new DuckDbStreams({
      session,
      store,
      locations: { bronze, silver, gold },
      resources: () => this.granted,
    })
  }

  async capacity(): Promise<Capacity> {
    return machineCapacity()
  }

  async prepare(plan: RunPlan): Promise<void> {
    this.granted = plan.embedded
    if (plan.embedded) await this.parts.session.configure(plan.embedded)
  }

  async run<J extends Job>(job: J, options: RunJobOptions): Promise<JobResult<J['kind']>> {
    try {
      return (await this.dispatch(job, options)) as JobResult<J['kind']>
    } catch (error) {
      if (error instanceof CommitUnknownError) throw error
      options.signal.throwIfAborted()
      if (error instanceof LakebenchError) throw error
      throw new JobFailedError(explain(error), { cause: error })
    }
  }

  async profile({ signal }: { signal: AbortSignal }): Promise<BronzeProfile> {
    const { files } = await this.usableRawFiles(signal)
    return profileBronze(this.parts.session, files, { signal })
  }

  async expireSnapshots(role: 'silver' | 'gold'): Promise<void> {
    await expireReplaced(this.parts[role])
  }

  async fingerprint(role: 'silver' | 'gold', { signal }: { signal: AbortSignal }): Promise<string> {
    return tableFingerprint(this.parts.session, role, await this.relations.sql(role), { signal })
  }

  async describe(): Promise<EngineDescription> {
    const { granted } = this
    const details: EngineDescription['details'] = granted
      ? { threads: granted.threads, memory: granted.memory }
      : {}
    return { name: 'duckdb', version: this.parts.session.version, details }
  }

  async close(): Promise<void> {
    this.parts.session.close()
  }

  private async dispatch(job: Job, options: RunJobOptions): Promise<JobResult> {
    const { session, store, silver, gold } = this.parts
    switch (job.kind) {
      case 'bronze-verify':
        return readUnchanged(this.parts.look, async (corpus, check) => {
          const result = await bronzeVerify(session, store, job, await this.parts.corpus(), options)
          await check()
          return { ...result, corpus }
        })
      case 'silver-build':
        return readUnchanged(this.parts.look, (corpus, check) => {
          const source = { corpus, check, inspect: () => this.usableRawFiles(options.signal) }
          return silverBuild(session, source, silver, job, this.granted, options)
        })
      case 'gold-finalize':
        return goldFinalize(session, { silver, gold }, job, options)
    }
  }

  /** Raw files for stages after verification; a break means that verification was left out or files changed since. */
  private async usableRawFiles(signal: AbortSignal): Promise<RawInspection> {
    const { session, store } = this.parts
    const facts = await this.parts.corpus()
    const { prefix } = facts
    const inspection = await inspectRawFiles(
      session,
      store,
      (await listRaw(store, prefix)).files,
      facts,
      signal,
    )
    const [first] = inspection.breaks
    if (first) {
      throw new JobFailedError(
        `${first.file}: ${first.message}${inspection.breaks.length > 1 ? ` (and ${inspection.breaks.length - 1} more)` : ''}. Run bronze-verify for the whole list.`,
      )
    }
    if (inspection.files.length === 0) {
      throw new JobFailedError(
        `There are no raw files. Make some with --generate, or put Parquet files below ${prefix}.`,
      )
    }
    return inspection
  }

  private async bronze(): Promise<string> {
    const { files } = await this.usableRawFiles(never())
    return rawRelation(files)
  }
}
