import { performance } from 'node:perf_hooks'
import { CommitConflictError, PrerequisiteError } from '../../../contracts/errors'
import { CORPUS, RUN_ID } from '../../../contracts/lineage'
import type { EmbeddedResources } from '../../../contracts/plan'
import type { ObjectStore } from '../../../contracts/ports'
import type { StreamCommit, StreamHooks, StreamJob, StreamName } from '../../../contracts/streams'
import { beginWrite, loadTable, requireTable } from '../../../iceberg/table'
import { OF_THE_CONTENT } from '../../../iceberg/table-plan'
import type { DuckDbSession } from '../session'
import { type TableTarget, type WriteCommit, type WrittenTable, writeTable } from '../write-table'

type Properties = Readonly<Record<string, string>>

/** How far a stream is. It is kept in the properties of the table it writes, in the same commit as the data. */
export interface Position {
  /** The last one that is in the table. */
  readonly batch: number
  /** Offset of the stream in its source; its own notation, `''` for nothing. */
  readonly offset: string
  /** The store's time of the newest data, milliseconds since the epoch; `null` where no data is in the table. A label for readers. */
  readonly watermark: number | null
}

const START: Position = { batch: 0, offset: '', watermark: null }

const key = (stream: StreamName, name: string) => `${OF_THE_CONTENT}${stream}.${name}`

/** `null` where the table is no table of this run. */
export function positionIn(
  properties: Properties,
  stream: StreamName,
  runId: string,
): Position | null {
  const value = (name: string) => properties[key(stream, name)] ?? ''
  if (value('run') !== runId) return null
  const through = value('through')
  return {
    batch: Number(value('batch')),
    offset: value('offset'),
    watermark: through === '' ? null : Number(through),
  }
}

/** Properties that a commit sets and that the next one requires: that the table stands where this stream left it. */
export function positionProperties(stream: StreamName, runId: string, at: Position): Properties {
  return {
    [key(stream, 'run')]: runId,
    [key(stream, 'batch')]: String(at.batch),
    [key(stream, 'offset')]: at.offset,
    [key(stream, 'through')]: at.watermark === null ? '' : String(at.watermark),
  }
}

/** Summary that every commit of a run's streams carries. */
export const originOf = ({ run_id, corpus }: Pick<StreamJob, 'run_id' | 'corpus'>): Properties => ({
  [RUN_ID]: run_id,
  ...(corpus !== null && { [CORPUS]: corpus }),
})

/** Reads where the stream stands in its table. @throws CommitConflictError where it is no table of this run any more */
export async function readPosition(
  location: string,
  stream: StreamName,
  runId: string,
): Promise<Position> {
  const table = await requireTable(location)
  const now = positionIn(table.properties, stream, runId)
  if (now !== null) return now
  throw new CommitConflictError(
    `The table at ${location} is no table of run ${runId} any more: another run, or another program, wrote to it. Leave the table to one run at a time.`,
  )
}

/** Takes the stream up: a table of this run goes on where it stands; any other becomes an empty one of this run. */
export async function claim(
  target: TableTarget,
  stream: StreamName,
  job: Pick<StreamJob, 'run_id' | 'corpus'>,
): Promise<Position> {
  const { location, columns, partitionBy, targetFileSize } = target
  const table = await loadTable(location)
  const earlier = table && positionIn(table.properties, stream, job.run_id)
  if (earlier) return earlier
  const write = await beginWrite(location, {
    columns,
    partitionBy,
    targetFileSize,
    mode: 'replace',
    properties: { ...target.properties, ...positionProperties(stream, job.run_id, START) },
  })
  const outcome = await write.commit([], { summary: originOf(job) })
  if (outcome.state === 'committed') return START
  await write.discard()
  throw new PrerequisiteError(`${stream} cannot begin on ${location}: ${outcome.cause.message}`, {
    cause: outcome.cause,
  })
}

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
