import type { ByteRange, ObjectInfo, ObjectStore } from '../../contracts/ports'
import { byKey } from '../object-key'
import { type S3Config, S3Connection, type S3Limits } from './connection'
import { failureOf, isAnswer } from './errors'
import { type KeyMap, layerKeys } from './key-map'
import { askBucket, ensureBucket, objectPages, unfinishedUploads } from './listing'
import { deleteObject, getObject, headObject, putIfAbsent, putObject } from './objects'
import { abortUpload, ObjectUpload, type UploadOptions } from './upload'

export interface S3StoreOptions {
  /** Which key is which object; default the layers of `config.buckets`. */
  readonly keys?: KeyMap
  readonly limits?: Partial<S3Limits>
}

/** Milliseconds for an answer to whether anybody is there. */
const PROBE_MS = 5_000

/**
 * An ObjectStore on an S3 service. Keys are those of the local store: the first part names the layer, hence the bucket.
 * The SDK repeats requests where that is safe (5xx, 429, SlowDown, broken connections), never for another 4xx.
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
        once: true,
        deadline: PROBE_MS,
      })
      return true
    } catch (error) {
      return isAnswer(failureOf(error))
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
    return await getObject(this.connection, place, range)
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
    await deleteObject(this.connection, this.keys.place(key))
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
    for (const range of this.keys.ranges(prefix)) {
      for await (const { place, uploadId, begun } of unfinishedUploads(
        this.connection,
        range,
        options,
      )) {
        if (olderThanMs > 0 && !(begun < Date.now() - olderThanMs)) continue
        await abortUpload(this.connection, place, uploadId, options)
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
}
