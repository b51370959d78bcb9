import { createHash, randomUUID } from 'node:crypto'
import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { CommitUnknownError } from '../../contracts/errors'
import type { S3Connection } from './connection'
import type { Attempt } from './explain-error'
import { failureOf, isAbsent, isAmbiguous, NOT_S3, S3Trouble } from './failure'
import type { ObjectPlace } from './key-map'

/** Metadata of every object that is put in one piece: whose put it was, and the SHA-256 of its bytes. */
export const PUT_ID = 'lakebench-put'
export const SHA256 = 'lakebench-sha256'

/** Rounds in which a put is refused for an object that is gone when we look. */
const MOST_ROUNDS = 5

export function putInput(
  { bucket, object }: ObjectPlace,
  bytes: Uint8Array,
): PutObjectCommandInput {
  return {
    Bucket: bucket,
    Key: object,
    Body: bytes,
    ContentLength: bytes.length,
    Metadata: {
      [PUT_ID]: randomUUID(),
      [SHA256]: createHash('sha256').update(bytes).digest('hex'),
    },
  }
}

/** Put, replacing; gives the ETag. Doing it twice does no harm. */
export async function putObject(
  connection: S3Connection,
  place: ObjectPlace,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<string> {
  const input = putInput(place, bytes)
  return await connection.request(
    { verb: 'write', ...place },
    async (client, sent) => required('ETag', (await client.putObject(input, sent)).ETag),
    { bytes: bytes.length, signal },
  )
}

/**
 * Put where there is nothing yet; false where there is. An answer that got lost makes the repeated put be refused for the sake
 * of our own object: so every put carries an id, and a refusal is settled by reading whose object is there.
 *
 * @throws CommitUnknownError where the answer got lost and the service cannot be asked
 */
export async function putIfAbsent(
  connection: S3Connection,
  place: ObjectPlace,
  bytes: Uint8Array,
): Promise<boolean> {
  const input = { ...putInput(place, bytes), IfNoneMatch: '*' }
  const id = input.Metadata![PUT_ID]!
  const attempt: Attempt = { verb: 'write', ...place }
  let ambiguous = false
  for (let round = 0; ; round++) {
    try {
      await connection.raw(
        async (client, sent) => required('ETag', (await client.putObject(input, sent)).ETag),
        {
          bytes: bytes.length,
          onFailure: failure => (ambiguous ||= isAmbiguous(failure)),
        },
      )
      return true
    } catch (error) {
      const refused = failureOf(error).status === 412
      if (!refused && !ambiguous) throw connection.explainer.explain(error, attempt)
      const there = await putIdOf(connection, place).catch((unreadable: unknown) => {
        if (!ambiguous) throw unreadable
        return 'unreadable' as const
      })
      if (typeof there === 'object' && there !== null) return there.id === id
      if (refused && there === null && round < MOST_ROUNDS) continue
      throw unknown(id, connection.explainer.explain(error, attempt))
    }
  }
}

/** Whose put the object is; `null` where there is no object. */
async function putIdOf(
  connection: S3Connection,
  place: ObjectPlace,
): Promise<{ readonly id: string | undefined } | null> {
  const head = await headObject(connection, place)
  return head && { id: head.metadata[PUT_ID] }
}

export async function headObject(
  connection: S3Connection,
  place: ObjectPlace,
): Promise<{ bytes: number; etag: string; metadata: Readonly<Record<string, string>> } | null> {
  const { bucket: Bucket, object: Key } = place
  try {
    const head = await connection.raw((client, sent) => client.headObject({ Bucket, Key }, sent))
    return {
      bytes: head.ContentLength ?? 0,
      etag: required('ETag', head.ETag),
      metadata: head.Metadata ?? {},
    }
  } catch (error) {
    if (isAbsent(failureOf(error))) return null
    throw connection.explainer.explain(error, { verb: 'look at', ...place })
  }
}

/** A part of every S3 answer; what answers without it is something else. */
export function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new S3Trouble(NOT_S3, `an answer without ${name}`)
  return value
}

function unknown(id: string, error: Error): CommitUnknownError {
  return new CommitUnknownError(
    id,
    `${error.message} The answer to an earlier try got lost, so nobody can say whether the object is there; look before writing it again.`,
    { cause: error.cause },
  )
}
