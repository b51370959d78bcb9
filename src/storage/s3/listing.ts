import type {
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3'
import type { ObjectInfo } from '../../contracts/ports'
import type { RequestOptions, S3Connection } from './connection'
import { type Attempt, failureOf, NOT_S3, S3Trouble } from './errors'
import type { ObjectPlace, ObjectRange } from './key-map'

/** Objects of one listing; a page without any counts as a hundred, so that no list goes on for ever. */
const MOST_OBJECTS = 5_000_000
const LEAST_OF_PAGE = 100

/** Asks for one object below a prefix: unlike a HEAD it says what is wrong, and no web page passes for it. */
export async function askBucket(
  connection: S3Connection,
  Bucket: string,
  Prefix: string,
  options: RequestOptions = {},
): Promise<void> {
  await connection.raw(
    async (client, sent) =>
      requireListing(await client.listObjectsV2({ Bucket, MaxKeys: 1, Prefix }, sent)),
    options,
  )
}

/** See that a bucket is there and may be listed; create it where that is asked for. */
export async function ensureBucket(
  connection: S3Connection,
  bucket: string,
  below: string,
  create: boolean,
): Promise<void> {
  try {
    await askBucket(connection, bucket, below)
  } catch (error) {
    if (!create || failureOf(error).code !== 'NoSuchBucket')
      throw connection.explainer.explain(error, { verb: 'use', bucket })
    await connection
      .raw((client, sent) => client.createBucket({ Bucket: bucket }, sent))
      .catch((refused: unknown) => {
        // Another process created it first, or an earlier try of ours whose answer got lost.
        if (failureOf(refused).code === 'BucketAlreadyOwnedByYou') return
        throw connection.explainer.explain(refused, { verb: 'create', bucket })
      })
  }
}

/** The objects of a range, a page of a listing at a time. */
export async function* objectPages(
  connection: S3Connection,
  range: ObjectRange,
  pageSize?: number,
): AsyncGenerator<ObjectInfo[]> {
  const { bucket: Bucket, prefix: Prefix } = range
  // XML cannot carry every character of a key.
  const input = { Bucket, Prefix, EncodingType: 'url' as const, MaxKeys: pageSize }
  let token: string | undefined
  let count = 0
  do {
    const after = token
    const page: ListedPage = await connection.request(
      attemptTo('list', range),
      async (client, sent) => {
        const answer = await client.listObjectsV2({ ...input, ContinuationToken: after }, sent)
        count += Math.max(answer.Contents?.length ?? 0, LEAST_OF_PAGE)
        if (count > MOST_OBJECTS) throw new S3Trouble(NOT_S3, 'a list that does not end')
        return readListing(answer, range, after)
      },
    )
    yield page.objects
    token = page.next
  } while (token !== undefined)
}

const attemptTo = (
  verb: string,
  { bucket, prefix }: Pick<ObjectRange, 'bucket' | 'prefix'>,
): Attempt => ({
  verb,
  bucket,
  ...(prefix !== '' && { object: prefix }),
})

interface ListedPage {
  readonly objects: ObjectInfo[]
  /** Token of the page after it. */
  readonly next: string | undefined
}

/** @throws S3Trouble for what no S3 service lists: a web page that is read as a list would be an empty one */
function requireListing({ Name, KeyCount }: ListObjectsV2CommandOutput): void {
  if (Name === undefined && KeyCount === undefined)
    throw new S3Trouble(NOT_S3, 'an answer without Name and KeyCount')
}

function readListing(
  page: ListObjectsV2CommandOutput,
  range: ObjectRange,
  after: string | undefined,
): ListedPage {
  requireListing(page)
  const next = page.IsTruncated ? page.NextContinuationToken : undefined
  if (page.IsTruncated && (next === undefined || next === after))
    throw new S3Trouble(NOT_S3, 'pages of a list that do not go on')
  const objects = (page.Contents ?? [])
    .map(({ Key, Size: size = 0, LastModified, ETag: etag }) => ({
      key: decoded(Key, page.EncodingType),
      size,
      modified: LastModified?.getTime() ?? 0,
      ...(etag !== undefined && { etag }),
    }))
    // What a console makes to show a folder: its name is no key.
    .filter(({ key }) => !key.endsWith('/'))
    .map(object => ({ ...object, key: range.key(object.key) }))
  return { objects, next }
}

/** Services that know no encoding leave it out of their answer. */
function decoded(key: string | undefined, encoding: string | undefined): string {
  try {
    if (key !== undefined)
      return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key
  } catch {
    // As one that is missing.
  }
  throw new S3Trouble(NOT_S3, 'a list with a key that cannot be read')
}

/** Uploads of a range's objects that were neither finished nor given up. */
export async function* unfinishedUploads(
  connection: S3Connection,
  range: Pick<ObjectRange, 'bucket' | 'prefix'>,
  options: RequestOptions = {},
): AsyncGenerator<{ place: ObjectPlace; uploadId: string; begun: number }> {
  const { bucket, prefix } = range
  const input = { Bucket: bucket, Prefix: prefix, EncodingType: 'url' as const }
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
  for (;;) {
    const markers = after
    const page: ListMultipartUploadsCommandOutput = await connection.request(
      attemptTo('list unfinished uploads of', range),
      (client, sent) => client.listMultipartUploads({ ...input, ...markers }, sent),
      options,
    )
    for (const { Key, UploadId: uploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || uploadId === undefined) continue
      const place = { bucket, object: decoded(Key, page.EncodingType) }
      const begun = Initiated?.getTime() ?? Number.POSITIVE_INFINITY
      if (place.object.startsWith(prefix)) yield { place, uploadId, begun }
    }
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return
    const KeyMarker = decoded(page.NextKeyMarker, page.EncodingType)
    const UploadIdMarker = page.NextUploadIdMarker || undefined
    if (KeyMarker === markers.KeyMarker && UploadIdMarker === markers.UploadIdMarker) return
    after = { KeyMarker, UploadIdMarker }
  }
}
