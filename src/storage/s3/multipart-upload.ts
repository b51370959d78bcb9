import { randomUUID } from 'node:crypto'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { PrerequisiteError } from '../../contracts/errors'
import { guarded } from '../../shared/guard'
import type { RequestOptions, S3Connection, Send } from './connection'
import { failureOf } from './failure'
import type { ObjectPlace } from './key-map'
import { headObject, PUT_ID, putObject, required } from './put-object'

export interface UploadOptions {
  /** Bytes of a part, 5 MiB to 5 GiB; default 16 MiB. An object has at most 10,000 parts. */
  readonly partSize?: number
  /** Parts under way at once; default 4. */
  readonly queueSize?: number
  readonly signal?: AbortSignal | undefined
}

const MIB = 1024 ** 2
const SMALLEST_PART = 5 * MIB
const MOST_PARTS = 10_000

/**
 * One object's bytes in order, sent as parts in parallel; a small object as one put. Nothing is visible before `finish`.
 * Memory: what was pushed since the last `room`, and `queueSize + 1` parts.
 */
export class ObjectUpload {
  private readonly partSize: number
  private readonly queueSize: number
  private readonly stop = new AbortController()
  private readonly putId = randomUUID()
  private readonly parts: CompletedPart[] = []
  private readonly waiting: { number: number; body: Buffer }[] = []
  private readonly underWay = new Set<Promise<void>>()
  /** Buffers of parts that are sent, to be filled again. */
  private readonly spare: Buffer[] = []
  private uploadId: Promise<string> | null = null
  private part: Buffer | null = null
  private filled = 0
  private bytes = 0
  private begun = 0
  /** Stop listening to the caller's signal, which may live longer. */
  private readonly letGo: () => void
  private failure: { readonly error: unknown } | null = null

  constructor(
    private readonly connection: S3Connection,
    private readonly place: ObjectPlace,
    { partSize = 16 * MIB, queueSize = 4, signal }: UploadOptions = {},
  ) {
    this.partSize = Math.max(SMALLEST_PART, partSize)
    this.queueSize = Math.max(1, queueSize)
    const passOn = guarded(() => this.fail(signal!.reason))
    if (signal?.aborted) passOn()
    signal?.addEventListener('abort', passOn, { once: true })
    this.letGo = () => signal?.removeEventListener('abort', passOn)
  }

  /** Take bytes, which are copied; resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.push(bytes)
    await this.room()
  }

  /** Take bytes at once, whatever the room. For writers that cannot wait in the middle; they call `room` when they can. */
  push(bytes: Uint8Array): void {
    this.throwIfFailed()
    for (let done = 0; done < bytes.length; ) {
      this.part ??= this.spare.pop() ?? Buffer.allocUnsafeSlow(this.partSize)
      const taken = Math.min(bytes.length - done, this.partSize - this.filled)
      this.part.set(bytes.subarray(done, done + taken), this.filled)
      this.filled += taken
      done += taken
      if (this.filled === this.partSize) this.begin()
    }
    this.bytes += bytes.length
  }

  /** Resolves when fewer parts than `queueSize` are under way and none waits. */
  async room(): Promise<void> {
    while (this.waiting.length > 0 || this.underWay.size >= this.queueSize) {
      this.throwIfFailed()
      await Promise.race(this.underWay)
    }
    this.throwIfFailed()
  }

  /** Make the object appear, whole. */
  async finish(): Promise<{ bytes: number; etag: string }> {
    try {
      return await this.publish()
    } finally {
      this.letGo()
    }
  }

  /** Give up: nothing becomes visible, and the parts that were sent are removed. */
  async abort(): Promise<void> {
    this.letGo()
    this.fail(new Error('the upload was given up'))
    await Promise.allSettled(this.underWay)
    const uploadId = await this.uploadId?.catch(() => null)
    if (uploadId) await abortUpload(this.connection, this.place, uploadId)
  }

  private async publish(): Promise<{ bytes: number; etag: string }> {
    if (this.uploadId === null) {
      this.throwIfFailed()
      const body = this.part?.subarray(0, this.filled) ?? Buffer.alloc(0)
      const etag = await putObject(this.connection, this.place, body, this.stop.signal)
      return { bytes: this.bytes, etag }
    }
    if (this.filled > 0) this.begin()
    while (this.underWay.size > 0) await Promise.race(this.underWay)
    this.throwIfFailed()
    const certain = await this.complete(await this.uploadId)
    return await this.confirm(certain)
  }

  private begin(): void {
    if (this.begun === MOST_PARTS) {
      const { bucket, object } = this.place
      throw new PrerequisiteError(
        `s3://${bucket}/${object} grew beyond ${MOST_PARTS} parts of ${this.partSize / MIB} MiB. Choose a smaller file_size.`,
      )
    }
    this.waiting.push({ number: ++this.begun, body: this.part!.subarray(0, this.filled) })
    this.part = null
    this.filled = 0
    this.sendWaiting()
  }

  private sendWaiting(): void {
    while (this.failure === null && this.underWay.size < this.queueSize) {
      const next = this.waiting.shift()
      if (next === undefined) return
      const sending = this.send(next.number, next.body)
        .catch(error => this.fail(error))
        .finally(() => {
          this.underWay.delete(sending)
          this.sendWaiting()
        })
      this.underWay.add(sending)
    }
  }

  private async send(PartNumber: number, body: Buffer): Promise<void> {
    this.uploadId ??= this.create()
    const UploadId = await this.uploadId
    const ETag = await this.request(
      async (client, sent) => {
        const input = {
          ...this.target(),
          UploadId,
          PartNumber,
          Body: body,
          ContentLength: body.length,
        }
        return required('ETag', (await client.uploadPart(input, sent)).ETag)
      },
      { bytes: body.length },
    )
    this.parts[PartNumber - 1] = { PartNumber, ETag }
    if (body.length === this.partSize && this.spare.length <= this.queueSize) this.spare.push(body)
  }

  private async create(): Promise<string> {
    const input = { ...this.target(), Metadata: { [PUT_ID]: this.putId } }
    return await this.request(async (client, sent) =>
      required('UploadId', (await client.createMultipartUpload(input, sent)).UploadId),
    )
  }

  /** False where the service no longer knows the upload: done already by a try whose answer got lost, or gone. */
  private async complete(UploadId: string): Promise<boolean> {
    const { connection, stop } = this
    const input = { ...this.target(), UploadId, MultipartUpload: { Parts: this.parts } }
    try {
      await connection.raw((client, sent) => client.completeMultipartUpload(input, sent), {
        signal: stop.signal,
        deadline: connection.limits.complete,
      })
      return true
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason
      if (failureOf(error).code === 'NoSuchUpload') return false
      throw connection.explainer.explain(error, this.attempt())
    }
  }

  /** What is there must be whole, which a service that lost a part says in no other way, and ours where that is not certain. */
  private async confirm(certain: boolean): Promise<{ bytes: number; etag: string }> {
    const head = await headObject(this.connection, this.place)
    const ours = certain || head?.metadata[PUT_ID] === this.putId
    if (ours && head?.bytes === this.bytes) return { bytes: head.bytes, etag: head.etag }
    const { bucket, object } = this.place
    const there = head === null ? 'nothing' : `another object of ${head.bytes} bytes`
    throw new PrerequisiteError(
      `s3://${bucket}/${object} at ${this.connection.explainer.address} was sent whole (${this.bytes} bytes), but ${there} is there. See that nothing else writes or cleans up there, then run again.`,
    )
  }

  private async request<T>(send: Send<T>, options: RequestOptions = {}): Promise<T> {
    return await this.connection.request(this.attempt(), send, {
      ...options,
      signal: this.stop.signal,
    })
  }

  private attempt() {
    return { verb: 'write', ...this.place }
  }

  private target() {
    return { Bucket: this.place.bucket, Key: this.place.object }
  }

  /** The first failure ends all that is under way. */
  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure = { error }
    this.stop.abort(error)
  }

  private throwIfFailed(): void {
    if (this.failure !== null) throw this.failure.error
  }
}

/** Remove an upload that was not finished, and its parts; one that is gone already is fine. */
export async function abortUpload(
  connection: S3Connection,
  place: ObjectPlace,
  UploadId: string,
  options: RequestOptions = {},
): Promise<void> {
  const { bucket: Bucket, object: Key } = place
  await connection
    .raw((client, sent) => client.abortMultipartUpload({ Bucket, Key, UploadId }, sent), options)
    .catch((error: unknown) => {
      if (failureOf(error).code === 'NoSuchUpload') return
      throw connection.explainer.explain(error, {
        verb: 'remove an unfinished upload of',
        ...place,
      })
    })
}
