import { CommitConflictError, PrerequisiteError } from '../../../contracts/errors'
import { CORPUS, RUN_ID } from '../../../contracts/lineage'
import type { StreamJob, StreamName } from '../../../contracts/streams'
import { beginWrite, loadTable, requireTable } from '../../../iceberg/table'
import { OF_THE_CONTENT } from '../../../iceberg/table-plan'
import type { TableTarget } from '../write-table'

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
