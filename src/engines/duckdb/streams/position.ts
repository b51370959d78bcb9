import { CommitConflictError, PrerequisiteError } from '../../../contracts/errors'
import { CORPUS, RUN_ID } from '../../../contracts/lineage'
import type { StreamJob, StreamName } from '../../../contracts/streams'
import { beginWrite, loadTable, requireTable } from '../../../iceberg/table'
import { OF_THE_CONTENT } from '../../../iceberg/table-plan'
import type { TableTarget } from '../write-table'

type Properties = Readonly<Record<string, string>>

/** How far a stream is. It is kept in the properties of the table it writes, in the same commit as the data. */
export interface Position {
  /** Grows each time that the stream is taken up, so that a writer left over from before can no longer commit. */
  readonly epoch: number
  /** The last one that is in the table. */
  readonly batch: number
  /** What the stream has taken of its source; its own notation, `''` for nothing. */
  readonly offset: string
  /** The store's time of the newest data, milliseconds since the epoch; `null` where no data is in the table. A label for readers. */
  readonly through_ms: number | null
}

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
    epoch: Number(value('epoch')),
    batch: Number(value('batch')),
    offset: value('offset'),
    through_ms: through === '' ? null : Number(through),
  }
}

export function positionProperties(stream: StreamName, runId: string, at: Position): Properties {
  return {
    [key(stream, 'run')]: runId,
    [key(stream, 'epoch')]: String(at.epoch),
    [key(stream, 'batch')]: String(at.batch),
    [key(stream, 'offset')]: at.offset,
    [key(stream, 'through')]: at.through_ms === null ? '' : String(at.through_ms),
  }
}

/** What every commit of a run's streams says of its rows. */
export const originOf = ({ run_id, corpus }: Pick<StreamJob, 'run_id' | 'corpus'>): Properties => ({
  [RUN_ID]: run_id,
  ...(corpus !== null && { [CORPUS]: corpus }),
})

/** Where the stream stands in its table. @throws CommitConflictError where another process has taken it up */
export async function standing(
  location: string,
  stream: StreamName,
  runId: string,
  epoch: number,
): Promise<Position> {
  const table = await requireTable(location)
  const now = positionIn(table.properties, stream, runId)
  if (now?.epoch === epoch) return now
  throw new CommitConflictError(
    now
      ? `${stream} of run ${runId} was taken up by another process (epoch ${now.epoch}, this is ${epoch}), so this one may not write any more.`
      : `The table at ${location} is no table of run ${runId} any more: another run, or another program, wrote to it.`,
  )
}

/**
 * Take the stream up: a table of this run goes on where it stands, with the next epoch; any other becomes an empty one of this
 * run. Both are commits, so that a writer left over from before meets them.
 *
 * @param present whether the storage is there: where it is away, so is the table of this run
 */
export async function claim(
  target: TableTarget,
  stream: StreamName,
  job: Pick<StreamJob, 'run_id' | 'corpus'>,
  present: () => Promise<boolean>,
): Promise<Position> {
  const runId = job.run_id
  const table = await loadTable(target.location)
  if (table === null && !(await present())) {
    throw new PrerequisiteError(
      `${stream} cannot begin on ${target.location}: the storage is not there. Resume when it is.`,
    )
  }
  const earlier = table && positionIn(table.properties, stream, runId)
  const position: Position = earlier
    ? { ...earlier, epoch: earlier.epoch + 1 }
    : { epoch: 1, batch: 0, offset: '', through_ms: null }
  const { location, columns, partitionBy, targetFileSize } = target
  const write = await beginWrite(location, {
    columns,
    partitionBy,
    targetFileSize,
    mode: earlier ? 'append' : 'replace',
    properties: { ...target.properties, ...positionProperties(stream, runId, position) },
    ...(earlier && { requiredProperties: positionProperties(stream, runId, earlier) }),
  })
  const outcome = await write.commit([], { summary: originOf(job) })
  if (outcome.state === 'committed') return position
  await write.discard()
  throw new PrerequisiteError(`${stream} cannot begin on ${location}: ${outcome.cause.message}`, {
    cause: outcome.cause,
  })
}
