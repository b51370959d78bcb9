import { createHash } from 'node:crypto'
import { PrerequisiteError } from '../../contracts/errors'
import type { ByteRange, ObjectInfo, ObjectStore } from '../../contracts/ports'
import { byKey, LONGEST_READ } from '../object-key'
import { askBucket, ensureBucket } from './buckets'
import { type S3Config, S3Connection, type S3Limits } from './connection'
import { failureOf, isAbsent, isTransient } from './failure'
import { type KeyMap, layerKeys } from './key-map'
import { objectPages, unfinishedUploads } from './listing'
import { abortUpload, ObjectUpload, type UploadOptions } from './multipart-upload'
import { ObjectChanged, openObject } from './object-body'
import { headObject, putIfAbsent, putObject, SHA256 } from './put-object'

export interface S3StoreOptions {
  /** Which key is which object; default the layers of `config.buckets`. */
  readonly keys?: KeyMap
  readonly limits?: Partial<S3Limits>
}

/** Times that a body is read again which came damaged, or whose object was replaced meanwhile. */
const MOST_ROUNDS = 5
/** Milliseconds for an answer to whether anybody is there. */
const PROBE_MS = 5_000

/**
 * An ObjectStore on an S3 service. Keys are those of the local store: the first part names the layer, hence the bucket.
 * Requests are repeated where that is safe (5xx, 429, SlowDown, broken connections), never for another 4xx.
 *
 * @throws PrerequisiteError where the CA certificate cannot be used. The service is not asked yet: `ensureBuckets` does.
 */
export async function openS3Store(
  config: S3Config,
  options: S3StoreOptions = {},
): Promise<S3Store> {
  const connection = await S3Connection.open(config, options.limits)
  return new S3Store(
    connection,
    options.keys ?? layerKeys(config.buckets, config.prefix),
    config.create_buckets,
  )
}

/** Errors are PrerequisiteErrors that name the service's address, the bucket, the cause and the next step; no secrets. */
export class S3Store implements ObjectStore {
  constructor(
    private readonly connection: S3Connection,
    private readonly keys: KeyMap,
    private readonly createBuckets: boolean,
  ) {}

  /** The service, as messages name it. */
  get address(): string {
    return this.connection.explainer.address
  }

  /** Requests that were repeated so far. */
  get retries(): number {
    return this.connection.retries
  }

  /** Whether the service answers at this moment, be it with a refusal; one request, which is not repeated. */
  async answers(): Promise<boolean> {
    try {
      await askBucket(this.connection, this.keys.buckets[0]!, this.keys.below, {
        retries: 0,
        deadline: PROBE_MS,
      })
      return true
    } catch (error) {
      return !isTransient(failureOf(error))
    }
  }

  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const found: ObjectInfo[] = []
    for await (const objects of this.pages(prefix)) found.push(...objects)
    return found.sort(byKey)
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array | null> {
    const place = this.keys.place(key)
    if (range?.length === 0) return (await headObject(this.connection, place)) && new Uint8Array()
    for (let round = 1; ; round++) {
      try {
        const object = await openObject(this.connection, place, { range, longest: LONGEST_READ })
        if (object === null) return null
        const body = await collect(object.chunks, object.bytes)
        const promised = range === undefined ? object.metadata[SHA256] : undefined
        if (promised === undefined || promised === createHash('sha256').update(body).digest('hex'))
          return body
        if (round === MOST_ROUNDS) throw this.damaged(key)
      } catch (error) {
        if (!(error instanceof ObjectChanged) || round === MOST_ROUNDS) throw error
      }
      this.connection.retries++
    }
  }

  /**
   * An object's bytes in order, for objects that memory should not hold.
   *
   * @throws PrerequisiteError where there is no such object; the signal's reason when aborted
   */
  async *read(
    key: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array> {
    const place = this.keys.place(key)
    const object = await openObject(this.connection, place, options)
    if (object === null) {
      throw new PrerequisiteError(`${this.location(key)} at ${this.address} does not exist.`)
    }
    yield* object.chunks
  }

  async put(
    key: string,
    body: Uint8Array | string,
    options: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    const place = this.keys.place(key)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (options.ifAbsent) return await putIfAbsent(this.connection, place, bytes)
    await putObject(this.connection, place, bytes)
    return true
  }

  /** Write a large object in parts, with bounded memory; see ObjectUpload. */
  openUpload(key: string, options: UploadOptions = {}): ObjectUpload {
    return new ObjectUpload(this.connection, this.keys.place(key), options)
  }

  async delete(key: string): Promise<void> {
    const { bucket: Bucket, object: Key } = this.keys.place(key)
    try {
      await this.connection.raw((client, sent) => client.deleteObject({ Bucket, Key }, sent))
    } catch (error) {
      if (isAbsent(failureOf(error))) return
      throw this.connection.explainer.explain(error, {
        verb: 'delete',
        bucket: Bucket,
        object: Key,
      })
    }
  }

  /** `s3://bucket/object`. */
  location(key: string): string {
    const { bucket, object } = this.keys.place(key)
    return `s3://${bucket}/${object}`
  }

  /** How many objects lie below a prefix, and their bytes. */
  async usage(prefix: string): Promise<{ objects: number; bytes: number }> {
    const sum = { objects: 0, bytes: 0 }
    for await (const objects of this.pages(prefix)) {
      sum.objects += objects.length
      for (const { size } of objects) sum.bytes += size
    }
    return sum
  }

  /**
   * See that every bucket is there and may be listed; missing ones are made where the configuration says so.
   *
   * @throws PrerequisiteError that names the bucket, the endpoint and the remedy
   */
  async ensureBuckets(): Promise<void> {
    const { buckets, below } = this.keys
    for (const bucket of buckets)
      await ensureBucket(this.connection, bucket, below, this.createBuckets)
  }

  /**
   * Remove what uploads below a prefix left that were never finished, hence those of a dead run. Call it only where no
   * other writer is at work: a living upload ends by it. Services that list uploads by whole keys only (MinIO) give none
   * for a prefix; they drop such uploads by themselves after a day.
   */
  async abortUploads(
    prefix: string,
    {
      olderThanMs = 0,
      ...options
    }: { readonly signal?: AbortSignal; readonly olderThanMs?: number } = {},
  ): Promise<number> {
    let count = 0
    for (const { bucket, prefix: below } of this.keys.ranges(prefix)) {
      for await (const { object, uploadId, begun } of unfinishedUploads(
        this.connection,
        bucket,
        below,
        options,
      )) {
        if (olderThanMs > 0 && !(begun < Date.now() - olderThanMs)) continue
        await abortUpload(this.connection, { bucket, object }, uploadId, options)
        count++
      }
    }
    return count
  }

  /** Give the connections back. */
  close(): void {
    this.connection.close()
  }

  private async *pages(prefix: string): AsyncGenerator<ObjectInfo[]> {
    for (const range of this.keys.ranges(prefix)) yield* objectPages(this.connection, range)
  }

  private damaged(key: string): Error {
    return new PrerequisiteError(
      `${this.location(key)} at ${this.address} has other bytes than were put. Check the network and the service's disks, then write it anew.`,
    )
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const body = Buffer.allocUnsafe(bytes)
  let at = 0
  for await (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}
