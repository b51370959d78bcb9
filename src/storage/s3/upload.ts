import { randomUUID } from 'node:crypto'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { PrerequisiteError } from '../../contracts/errors'
import { MIB } from '../../shared/format'
import type { RequestOptions, S3Connection, Send } from './connection'
import { failureOf, required } from './errors'
import type { ObjectPlace } from './key-map'
import { headObject, PUT_ID, putObject } from './objects'

export interface UploadOptions {
  /** Bytes of a part, 5 MiB to 5 GiB; default 16 MiB. An object has at most 10,000 parts. */
  readonly partSize?: number
  /** Parts under way at once; default 4. */
  readonly queueSize?: number
  readonly signal?: AbortSignal | undefined
}

const SMALLEST_PART = 5 * MIB
const MOST_PARTS = 10_000

/**
 * One object's bytes in order, sent as parts in parallel; a small object as one put. Nothing is visible before `finish`.
 * Memory: what was pushed since the last `room`, and `queueSize + 1` parts.
 *
 * Own code by measurement, against `@aws-sdk/lib-storage` 3.1175 on versitygw with 400 MiB in parts of 8 MiB, three at once. Memory
 * is bounded in both (at most 56 MiB over the start there, 24 here). But one that is aborted while a part stands still rejects there
 * with its parts left behind, which still were there 51 s later; here they are gone when `abort` resolves.
 */
export class ObjectUpload {
  private readonly partSize: number
  private readonly queueSize: number
  private readonly stop = new AbortController()
  /** Aborts with the first failure, which ends all that is under way, or as the caller's does. */
  private readonly signal: AbortSignal
  private readonly putId = randomUUID()
  private readonly parts: CompletedPart[] = []
  private readonly waiting: (() => Promise<void>)[] = []
  private readonly underWay = new Set<Promise<void>>()
  /** Buffers of parts that are sent, to be filled again. */
  private readonly spare: Buffer[] = []
  private uploadId: Promise<string> | null = null
  private part: Buffer | null = null
  private filled = 0
  private bytes = 0
  private begun = 0

  constructor(
    private readonly connection: S3Connection,
    private readonly place: ObjectPlace,
    { partSize = 16 * MIB, queueSize = 4, signal }: UploadOptions = {},
  ) {
    this.partSize = Math.max(SMALLEST_PART, partSize)
    this.queueSize = Math.max(1, queueSize)
    this.signal = AbortSignal.any([this.stop.signal, ...(signal ? [signal] : [])])
  }

  /** Take bytes, which are copied; resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.push(bytes)
    await this.room()
  }

  /** Take bytes at once, whatever the room. For writers that cannot wait in the middle; they call `room` when they can. */
  push(bytes: Uint8Array): void {
    this.signal.throwIfAborted()
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
    while (!this.signal.aborted && this.underWay.size >= this.queueSize)
      await Promise.race(this.underWay)
    this.signal.throwIfAborted()
  }

  /** Make the object appear, whole. */
  async finish(): Promise<{ bytes: number; etag: string }> {
    this.signal.throwIfAborted()
    if (this.uploadId === null) {
      const body = this.part?.subarray(0, this.filled) ?? Buffer.alloc(0)
      const etag = await putObject(this.connection, this.place, body, this.signal)
      return { bytes: this.bytes, etag }
    }
    if (this.filled > 0) this.begin()
    while (this.underWay.size > 0) await Promise.race(this.underWay)
    this.signal.throwIfAborted()
    return await this.confirm(await this.complete(await this.uploadId))
  }

  /** Give up: nothing becomes visible, and the parts that were sent are removed. */
  async abort(): Promise<void> {
    this.stop.abort(new Error('the upload was given up'))
    await Promise.allSettled(this.underWay)
    const uploadId = await this.uploadId?.catch(() => null)
    if (uploadId) await abortUpload(this.connection, this.place, uploadId)
  }

  private begin(): void {
    if (this.begun === MOST_PARTS) {
      const { bucket, object } = this.place
      throw new PrerequisiteError(
        `s3://${bucket}/${object} grew beyond ${MOST_PARTS} parts of ${this.partSize / MIB} MiB. Choose a smaller file_size.`,
      )
    }
    const number = ++this.begun
    const body = this.part!.subarray(0, this.filled)
    this.waiting.push(() => this.send(number, body))
    this.part = null
    this.filled = 0
    this.sendWaiting()
  }

  private sendWaiting(): void {
    while (!this.signal.aborted && this.underWay.size < this.queueSize) {
      const sending = this.waiting
        .shift()?.()
        .catch((error: unknown) => this.stop.abort(error))
        .finally(() => {
          this.underWay.delete(sending!)
          this.sendWaiting()
        })
      if (sending === undefined) return
      this.underWay.add(sending)
    }
  }

  private async send(PartNumber: number, body: Buffer): Promise<void> {
    this.uploadId ??= this.request(async (client, sent) => {
      const input = { ...this.target(), Metadata: { [PUT_ID]: this.putId } }
      return required('UploadId', (await client.createMultipartUpload(input, sent)).UploadId)
    })
    const UploadId = await this.uploadId
    const input = { ...this.target(), UploadId, PartNumber, Body: body, ContentLength: body.length }
    const ETag = await this.request(
      async (client, sent) => required('ETag', (await client.uploadPart(input, sent)).ETag),
      { bytes: body.length },
    )
    this.parts[PartNumber - 1] = { PartNumber, ETag }
    if (body.length === this.partSize && this.spare.length <= this.queueSize) this.spare.push(body)
  }

  /** False where the service no longer knows the upload: done already by a try whose answer got lost, or gone. */
  private async complete(UploadId: string): Promise<boolean> {
    const { connection, signal } = this
    const input = { ...this.target(), UploadId, MultipartUpload: { Parts: this.parts } }
    try {
      await connection.raw((client, sent) => client.completeMultipartUpload(input, sent), {
        signal,
        deadline: connection.limits.complete,
      })
      return true
    } catch (error) {
      signal.throwIfAborted()
      if (failureOf(error).code === 'NoSuchUpload') return false
      throw connection.explainer.explain(error, this.attempt())
    }
  }

  /** What is there must be whole, which a service that lost a part says in no other way, and ours where that is not certain. */
  private async confirm(certain: boolean): Promise<{ bytes: number; etag: string }> {
    const head = await headObject(this.connection, this.place)
    const ours = certain || head?.putId === this.putId
    if (ours && head?.bytes === this.bytes) return { bytes: head.bytes, etag: head.etag }
    const { bucket, object } = this.place
    const there = head === null ? 'nothing' : `another object of ${head.bytes} bytes`
    throw new PrerequisiteError(
      `s3://${bucket}/${object} at ${this.connection.explainer.address} was sent whole (${this.bytes} bytes), but ${there} is there. See that nothing else writes or cleans up there, then run again.`,
    )
  }

  private async request<T>(send: Send<T>, options: RequestOptions = {}): Promise<T> {
    const { signal } = this
    return await this.connection.request(this.attempt(), send, { ...options, signal })
  }

  private attempt() {
    return { verb: 'write', ...this.place }
  }

  private target() {
    return { Bucket: this.place.bucket, Key: this.place.object }
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
  const send: Send<unknown> = (client, sent) =>
    client.abortMultipartUpload({ Bucket, Key, UploadId }, sent)
  await connection.raw(send, options).catch((error: unknown) => {
    if (failureOf(error).code === 'NoSuchUpload') return
    throw connection.explainer.explain(error, {
      verb: 'remove an unfinished upload of',
      ...place,
    })
  })
}
