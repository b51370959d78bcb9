import type {
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3'
import type { ObjectInfo } from '../../contracts/ports'
import type { RequestOptions, S3Connection } from './connection'
import { NOT_S3, S3Trouble } from './failure'
import type { ObjectRange } from './key-map'

/** Objects of one listing; a page without any counts as a hundred, so that no list goes on for ever. */
const MOST_OBJECTS = 5_000_000
const LEAST_OF_PAGE = 100

/** The objects of a range, a page of a listing at a time. */
export async function* objectPages(
  connection: S3Connection,
  range: ObjectRange,
  pageSize?: number,
): AsyncGenerator<ObjectInfo[]> {
  const { bucket, prefix } = range
  const attempt = { verb: 'list', bucket, ...(prefix !== '' && { object: prefix }) }
  let token: string | undefined
  let count = 0
  do {
    const after = token
    const { objects, next }: ListedPage = await connection.request(
      attempt,
      async (client, sent) => {
        const page = await client.listObjectsV2(
          {
            Bucket: bucket,
            Prefix: prefix,
            // XML cannot carry every character of a key.
            EncodingType: 'url',
            ...(pageSize !== undefined && { MaxKeys: pageSize }),
            ...(after !== undefined && { ContinuationToken: after }),
          },
          sent,
        )
        count += Math.max(page.Contents?.length ?? 0, LEAST_OF_PAGE)
        if (count > MOST_OBJECTS) throw new S3Trouble(NOT_S3, 'a list that does not end')
        return readListing(page, range, after)
      },
    )
    yield objects
    token = next
  } while (token !== undefined)
}

interface ListedPage {
  readonly objects: ObjectInfo[]
  /** Token of the page after it. */
  readonly next: string | undefined
}

/** @throws S3Trouble for what no S3 service lists: a web page that is read as a list would be an empty one */
function readListing(
  page: ListObjectsV2CommandOutput,
  range: ObjectRange,
  after: string | undefined,
): ListedPage {
  if (page.Name === undefined && page.KeyCount === undefined)
    throw new S3Trouble(NOT_S3, 'an answer without Name and KeyCount')
  const next = page.IsTruncated ? page.NextContinuationToken : undefined
  if (page.IsTruncated && (next === undefined || next === after))
    throw new S3Trouble(NOT_S3, 'pages of a list that do not go on')
  const objects = (page.Contents ?? []).flatMap(
    ({ Key, Size: size = 0, LastModified, ETag: etag }) => {
      const name = decoded(Key, page.EncodingType)
      // What a console makes to show a folder: its name is no key.
      if (name.endsWith('/')) return []
      return [
        {
          key: range.key(name),
          size,
          modified: LastModified?.getTime() ?? 0,
          ...(etag !== undefined && { etag }),
        },
      ]
    },
  )
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

/** Uploads of objects that begin with `prefix` and were neither finished nor given up. */
export async function* unfinishedUploads(
  connection: S3Connection,
  bucket: string,
  prefix: string,
  options: RequestOptions = {},
): AsyncGenerator<{ object: string; uploadId: string; begun: number }> {
  const attempt = {
    verb: 'list unfinished uploads of',
    bucket,
    ...(prefix !== '' && { object: prefix }),
  }
  let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {}
  while (from !== null) {
    const after: { KeyMarker?: string; UploadIdMarker?: string } = from
    const page: ListMultipartUploadsCommandOutput = await connection.request(
      attempt,
      (client, sent) =>
        client.listMultipartUploads(
          { Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...after },
          sent,
        ),
      options,
    )
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue
      const object = decoded(Key, page.EncodingType)
      if (object.startsWith(prefix))
        yield {
          object,
          uploadId: UploadId,
          begun: Initiated?.getTime() ?? Number.POSITIVE_INFINITY,
        }
    }
    from = null
    if (page.IsTruncated && page.NextKeyMarker !== undefined) {
      const KeyMarker = decoded(page.NextKeyMarker, page.EncodingType)
      const moved =
        KeyMarker !== after.KeyMarker || page.NextUploadIdMarker !== after.UploadIdMarker
      if (moved)
        from = {
          KeyMarker,
          ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
        }
    }
  }
}
