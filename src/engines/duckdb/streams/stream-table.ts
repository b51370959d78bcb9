import { performance } from 'node:perf_hooks'
import type { StreamCommit, StreamJob, StreamName } from '../../../contracts/streams'
import type { DuckDbSession } from '../session'
import { type TableTarget, type WriteHow, type WrittenTable, writeTable } from '../write-table'
import { claim, originOf, type Position, positionProperties, standing } from './position'

export interface StreamTableParts {
  readonly session: DuckDbSession
  readonly stream: StreamName
  readonly job: Pick<StreamJob, 'run_id' | 'corpus'>
  readonly target: TableTarget
  /** Whether the storage is there at all. */
  readonly present: () => Promise<boolean>
  readonly signal: AbortSignal
}

/** What a batch writes. */
export interface BatchWrite {
  readonly at: Position
  /** Where the stream stands once the batch is in the table. */
  readonly next: Omit<Position, 'epoch' | 'batch'>
  readonly mode: 'append' | 'replace'
  readonly select: string
  /** Of the source; `null`: as many as are written. */
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
  private epoch = 0
  /** What that commit is, should it be there. */
  private unsettled: StreamCommit | null = null

  constructor(private readonly parts: StreamTableParts) {}

  /** Take the stream up; see `claim`. */
  async open(): Promise<void> {
    const { target, stream, job, present } = this.parts
    this.position = await claim(target, stream, job, present)
    this.epoch = this.position.epoch
  }

  /** Where the stream stands; where the last commit is not known, the table says. */
  async standing(): Promise<Position> {
    const { target, stream, job } = this.parts
    this.position ??= await standing(target.location, stream, job.run_id, this.epoch)
    return this.position
  }

  /** The commit of which nobody knew whether it is in the table, where the table stands at it: told once, as any other. */
  landed(at: Position): StreamCommit | null {
    const { unsettled } = this
    this.unsettled = null
    return unsettled?.batch === at.batch ? unsettled : null
  }

  /** @throws CommitUnknownError, after which `standing` and `landed` say what became of the batch */
  async write({
    at,
    next,
    mode,
    select,
    input_rows,
    source_batch,
    summary,
    begun,
  }: BatchWrite): Promise<StreamCommit> {
    const { session, stream, job, target, signal } = this.parts
    const { run_id } = job
    const position: Position = { ...next, epoch: at.epoch, batch: at.batch + 1 }
    const properties = positionProperties(stream, run_id, position)
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
    const how: WriteHow = {
      mode,
      requiredProperties: positionProperties(stream, run_id, at),
      summary: { ...originOf(job), ...summary, ...properties },
      onUnknown: written => {
        this.unsettled = commitOf(written)
      },
    }
    this.position = null
    const written = await writeTable(
      session,
      { ...target, properties: { ...target.properties, ...properties } },
      [{ select }],
      how,
      { signal },
    )
    this.position = position
    return commitOf(written)
  }
}
