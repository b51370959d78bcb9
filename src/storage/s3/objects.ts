import { createHash, randomUUID } from 'node:crypto'
import { CommitUnknownError } from '../../contracts/errors'
import type { ByteRange } from '../../contracts/ports'
import { type S3Connection, SHA256 } from './connection'
import {
  type Attempt,
  type Failure,
  failureOf,
  isAbsent,
  isAmbiguous,
  NOT_S3,
  required,
  S3Trouble,
} from './errors'
import type { ObjectPlace } from './key-map'

/** Metadata of every object: whose put it was. */
export const PUT_ID = 'lakebench-put'

/** Rounds in which a put is refused for an object that is gone when we look. */
const MOST_ROUNDS = 5

/** An object's bytes, or those of a range; `null` where there is none. */
export async function getObject(
  connection: S3Connection,
  place: ObjectPlace,
  range?: ByteRange,
): Promise<Uint8Array | null> {
  const { bucket: Bucket, object: Key } = place
  const Range = range && `bytes=${range.start}-${range.start + range.length - 1}`
  try {
    return await connection.raw(async (client, sent) => {
      const answer = await client.getObject({ Bucket, Key, Range }, sent)
      required('ETag', answer.ETag)
      const body = await answer.Body!.transformToByteArray()
      if (range) checkRange(answer.ContentRange, range, body.length)
      return body
    })
  } catch (error) {
    const failure = failureOf(error)
    if (isAbsent(failure)) return null
    // Behind the end.
    if (range && failure.status === 416) return new Uint8Array()
    throw connection.explainer.explain(error, { verb: 'read', ...place })
  }
}

function checkRange(given: string | undefined, { start, length }: ByteRange, bytes: number): void {
  if (given === undefined) throw new S3Trouble(NOT_S3, 'the whole object instead of a range of it')
  if (!given.startsWith(`bytes ${start}-${start + bytes - 1}/`) || bytes > length)
    throw new S3Trouble(NOT_S3, `another range, ${given}`)
}

/** Size, ETag and whose put an object is; `null` where there is none. */
export async function headObject(
  connection: S3Connection,
  place: ObjectPlace,
): Promise<{ bytes: number; etag: string; putId: string | undefined } | null> {
  const { bucket: Bucket, object: Key } = place
  try {
    const head = await connection.raw((client, sent) => client.headObject({ Bucket, Key }, sent))
    return {
      bytes: head.ContentLength ?? 0,
      etag: required('ETag', head.ETag),
      putId: head.Metadata?.[PUT_ID],
    }
  } catch (error) {
    if (isAbsent(failureOf(error))) return null
    throw connection.explainer.explain(error, { verb: 'look at', ...place })
  }
}

function putInput({ bucket, object }: ObjectPlace, bytes: Uint8Array, id: string) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    Bucket: bucket,
    Key: object,
    Body: bytes,
    ContentLength: bytes.length,
    Metadata: { [PUT_ID]: id, [SHA256]: sha256 },
  }
}

/** Put, replacing; gives the ETag. Doing it twice does no harm. */
export async function putObject(
  connection: S3Connection,
  place: ObjectPlace,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<string> {
  const input = putInput(place, bytes, randomUUID())
  return await connection.request(
    { verb: 'write', ...place },
    async (client, sent) => required('ETag', (await client.putObject(input, sent)).ETag),
    { bytes: bytes.length, signal },
  )
}

/**
 * Put where there is nothing yet; false where there is. An answer that got lost makes the SDK's repeated put be refused for the
 * sake of our own object: so every put carries an id, and a refusal is settled by reading whose object is there.
 *
 * @throws CommitUnknownError where the answer got lost and the service cannot be asked
 */
export async function putIfAbsent(
  connection: S3Connection,
  place: ObjectPlace,
  bytes: Uint8Array,
): Promise<boolean> {
  const id = randomUUID()
  const input = { ...putInput(place, bytes, id), IfNoneMatch: '*' }
  const attempt: Attempt = { verb: 'write', ...place }
  let ambiguous = false
  const onFailure = (failure: Failure) => {
    ambiguous ||= isAmbiguous(failure)
  }
  for (let round = 0; ; round++) {
    try {
      await connection.raw(
        async (client, sent) => required('ETag', (await client.putObject(input, sent)).ETag),
        { bytes: bytes.length, onFailure },
      )
      return true
    } catch (error) {
      const refused = failureOf(error).status === 412
      const explained = connection.explainer.explain(error, attempt)
      if (!refused && !ambiguous) throw explained
      const there = await headObject(connection, place).catch((unreadable: unknown) => {
        if (ambiguous) throw unknownOutcome(id, explained)
        throw unreadable
      })
      if (there !== null) return there.putId === id
      if (!refused || round === MOST_ROUNDS) throw unknownOutcome(id, explained)
    }
  }
}

function unknownOutcome(id: string, { message, cause }: Error): CommitUnknownError {
  return new CommitUnknownError(
    id,
    `${message} The answer to an earlier try got lost, so nobody can say whether the object is there; look before writing it again.`,
    { cause },
  )
}

/** Deletes an object; one that is not there is fine. */
export async function deleteObject(connection: S3Connection, place: ObjectPlace): Promise<void> {
  const { bucket: Bucket, object: Key } = place
  try {
    await connection.raw((client, sent) => client.deleteObject({ Bucket, Key }, sent))
  } catch (error) {
    if (isAbsent(failureOf(error))) return
    throw connection.explainer.explain(error, { verb: 'delete', ...place })
  }
}
