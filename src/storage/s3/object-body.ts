import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { PrerequisiteError } from '../../contracts/errors'
import type { ByteRange } from '../../contracts/ports'
import { tooLong } from '../object-key'
import type { S3Connection } from './connection'
import type { Attempt } from './explain-error'
import { failureOf, isAbsent, isTransient, NOT_S3, S3Trouble } from './failure'
import type { ObjectPlace } from './key-map'

/** Times that one body is taken up again where it broke off. */
const MOST_REREADS = 5

/** The object was replaced or deleted while it was being read. */
export class ObjectChanged extends PrerequisiteError {}

/** An object whose answer has begun; `chunks` must be read to the end or broken off, or its connection stays in use. */
export interface OpenObject {
  /** Of what was asked for. */
  readonly bytes: number
  readonly metadata: Readonly<Record<string, string>>
  /** In order, each byte once, `bytes` in all: whatever breaks off is taken up again at the byte where it did. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Begin to read an object or a range of it; `null` where there is none. */
export async function openObject(
  connection: S3Connection,
  place: ObjectPlace,
  options: {
    readonly range?: ByteRange | undefined
    readonly signal?: AbortSignal | undefined
    /** Bytes; a longer object is an error. */
    readonly longest?: number
  } = {},
): Promise<OpenObject | null> {
  const reader = new Reader(connection, place, options.signal)
  const first = await reader.open(options.range ?? null, null)
  if (first === null) return null
  if (first === 'behind the end') return { bytes: 0, metadata: {}, chunks: nothing() }
  const bytes = first.ContentLength!
  if (bytes > (options.longest ?? Number.POSITIVE_INFINITY)) {
    discard(first.Body as Readable)
    throw tooLong(`s3://${place.bucket}/${place.object} at ${connection.explainer.address}`, bytes)
  }
  const start = options.range?.start ?? 0
  return { bytes, metadata: first.Metadata ?? {}, chunks: reader.chunks(first, start, bytes) }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

class Reader {
  private readonly attempt: Attempt

  constructor(
    private readonly connection: S3Connection,
    private readonly place: ObjectPlace,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.attempt = { verb: 'read', ...place }
  }

  async open(
    range: ByteRange | null,
    etag: string | null,
  ): Promise<GetObjectCommandOutput | 'behind the end' | null> {
    const { bucket, object } = this.place
    const input = {
      Bucket: bucket,
      Key: object,
      ...(range && { Range: `bytes=${range.start}-${range.start + range.length - 1}` }),
      ...(etag && { IfMatch: etag }),
    }
    const { signal } = this
    let answer: GetObjectCommandOutput
    try {
      answer = await this.connection.raw((client, sent) => client.getObject(input, sent), {
        signal,
      })
    } catch (error) {
      const failure = failureOf(error)
      if (isAbsent(failure)) return null
      if (range && failure.status === 416) return 'behind the end'
      if (etag && failure.status === 412) throw this.changed()
      if (signal?.aborted) throw signal.reason
      throw this.explain(error)
    }
    const wrong = wrongAnswer(answer, range)
    if (wrong === null) return answer
    discard(answer.Body as Readable | undefined)
    throw this.explain(new S3Trouble(NOT_S3, wrong))
  }

  async *chunks(
    first: GetObjectCommandOutput,
    start: number,
    bytes: number,
  ): AsyncGenerator<Uint8Array> {
    const end = start + bytes
    let at = start
    let body = first.Body as Readable
    for (let rereads = 0; ; ) {
      let trouble: unknown = new S3Trouble('ECONNRESET', `the body ended ${end - at} bytes early`)
      try {
        for await (const chunk of watched(body, this.connection.limits.idle, this.signal)) {
          at += chunk.length
          if (at > end)
            throw this.explain(new S3Trouble(NOT_S3, `the body has more than its ${bytes} bytes`))
          yield chunk
        }
        if (at === end) return
        trouble = new S3Trouble('ECONNRESET', `the body ended ${end - at} bytes early`)
      } catch (error) {
        if (this.signal?.aborted) throw this.signal.reason
        if (!isTransient(failureOf(error))) throw this.explain(error)
        trouble = error
      }
      if (at === end) return
      if (++rereads > MOST_REREADS) throw this.explain(trouble)
      this.connection.retries++
      await sleep(this.connection.limits.wait)
      this.signal?.throwIfAborted()
      const next = await this.open({ start: at, length: end - at }, first.ETag ?? null)
      if (next === null || next === 'behind the end') throw this.changed()
      body = next.Body as Readable
    }
  }

  private explain(error: unknown): Error {
    return this.connection.explainer.explain(error, this.attempt)
  }

  private changed(): ObjectChanged {
    const { bucket, object } = this.place
    return new ObjectChanged(
      `s3://${bucket}/${object} at ${this.connection.explainer.address} was replaced or deleted while it was read. See that nothing else writes there, then run again.`,
    )
  }
}

/** Why an answer cannot be trusted; `null` where it can. */
function wrongAnswer(answer: GetObjectCommandOutput, range: ByteRange | null): string | null {
  const { ContentLength: length, ContentRange } = answer
  if (length === undefined || answer.ETag === undefined) return 'an answer without length and ETag'
  if (range === null) return null
  const given = /^bytes (\d+)-(\d+)\//.exec(ContentRange ?? '')
  if (given === null) return 'the whole object instead of a range of it'
  const [from, to] = [Number(given[1]), Number(given[2])]
  return from === range.start && to - from + 1 === length && length <= range.length
    ? null
    : `another range, ${ContentRange}`
}

/** A body's chunks while they come. The clock stands still while the reader is busy with one. */
async function* watched(
  body: Readable,
  idle: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = () => body.destroy(signal!.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    signal?.throwIfAborted()
    for (;;) {
      const late = setTimeout(
        () => body.destroy(new S3Trouble('ETIMEDOUT', `no byte for ${idle} ms`)),
        idle,
      )
      const next = await chunks.next().finally(() => clearTimeout(late))
      if (next.done) return
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    discard(body)
  }
}

/** A body that nobody reads would keep its connection. */
function discard(body: Readable | undefined): void {
  if (body === undefined || body.destroyed) return
  // What an ended reader no longer wants to know must not end the process.
  body.on('error', () => {})
  body.destroy()
}
