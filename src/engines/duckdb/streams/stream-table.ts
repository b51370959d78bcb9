import { performance } from 'node:perf_hooks'
import type { EmbeddedResources } from '../../../contracts/plan'
import type { ObjectStore } from '../../../contracts/ports'
import type { StreamCommit, StreamHooks, StreamJob, StreamName } from '../../../contracts/streams'
import type { DuckDbSession } from '../session'
import { type TableTarget, type WriteCommit, type WrittenTable, writeTable } from '../write-table'
import { claim, originOf, type Position, positionProperties, readPosition } from './position'

/** State that all streams of a run share. */
export interface StreamContext {
  readonly session: DuckDbSession
  readonly store: ObjectStore
  readonly locations: { readonly bronze: string; readonly silver: string; readonly gold: string }
  readonly job: StreamJob
  readonly resources: EmbeddedResources | null
  readonly hooks: StreamHooks
  /** Ends everything. */
  readonly signal: AbortSignal
}

/** Rows that a batch writes. */
export interface BatchWrite {
  readonly at: Position
  /** Where the stream stands once the batch is in the table. */
  readonly next: Omit<Position, 'batch'>
  readonly mode: 'append' | 'replace'
  readonly select: string
  /** Rows of the source; `null`: as many as are written. */
  readonly input_rows: number | null
  /** The last batch of the source that is in the table then. */
  readonly source_batch: number | null
  readonly summary?: Readonly<Record<string, string>>
  /** When the batch was begun, of `performance.now()`. */
  readonly begun: number
}

/** The table that a stream writes, and where the stream stands in it. */
export class StreamTable {
  /** `null` while nobody knows whether the last commit is in the table. */
  private position: Position | null = null
  /** Commit whose outcome is unknown, should it have been published. */
  private unresolved: StreamCommit | null = null

  constructor(
    private readonly context: Pick<StreamContext, 'session' | 'signal'> & {
      readonly job: Pick<StreamJob, 'run_id' | 'corpus'>
    },
    private readonly stream: StreamName,
    readonly target: TableTarget,
  ) {}

  /** Takes the stream up; see `claim`. */
  async open(): Promise<void> {
    this.position = await claim(this.target, this.stream, this.context.job)
  }

  /** Where the stream stands; where the last commit is not known, the table says. */
  async readPosition(): Promise<Position> {
    const { target, stream, context } = this
    this.position ??= await readPosition(target.location, stream, context.job.run_id)
    return this.position
  }

  /** The commit of which nobody knew whether it is in the table, where the table stands at it: reported once, as any other. */
  takeResolved(at: Position): StreamCommit | null {
    const { unresolved } = this
    this.unresolved = null
    return unresolved?.batch === at.batch ? unresolved : null
  }

  /** @throws CommitUnknownError, after which `readPosition` and `takeResolved` say what became of the batch */
  async write(batch: BatchWrite): Promise<StreamCommit> {
    const { stream, target } = this
    const { session, job, signal } = this.context
    const { at, next, mode, select, input_rows, source_batch, summary, begun } = batch
    const position: Position = { ...next, batch: at.batch + 1 }
    const properties = positionProperties(stream, job.run_id, position)
    const commitOf = ({ files, snapshotId }: WrittenTable): StreamCommit => {
      const output_rows = files.reduce((sum, f) => sum + f.rows, 0)
      return {
        stream,
        batch: position.batch,
        snapshot_id: snapshotId,
        seconds: (performance.now() - begun) / 1000,
        input_rows: input_rows ?? output_rows,
        output_rows,
        bytes: files.reduce((sum, f) => sum + f.bytes, 0),
        files: files.length,
        sources: [],
        source_batch,
      }
    }
    const how: WriteCommit = {
      mode,
      requiredProperties: positionProperties(stream, job.run_id, at),
      summary: { ...originOf(job), ...summary, ...properties },
      onUnknown: written => {
        this.unresolved = commitOf(written)
      },
    }
    this.position = null
    const to = { ...target, properties: { ...target.properties, ...properties } }
    const written = await writeTable(session, to, [{ select }], how, { signal })
    this.position = position
    return commitOf(written)
  }
}
