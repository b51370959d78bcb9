import type { ListMultipartUploadsCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import type { ObjectInfo } from '../../contracts/ports'
import type { RequestOptions, S3Connection } from './connection'
import { NOT_S3, S3Trouble } from './failure'
import type { ObjectRange } from './key-map'

/** The objects of a range, a page of a listing at a time. */
export async function* objectPages(
  connection: S3Connection,
  range: ObjectRange,
  pageSize?: number,
): AsyncGenerator<ObjectInfo[]> {
  const { bucket, prefix } = range
  const attempt = { verb: 'list', bucket, ...(prefix !== '' && { object: prefix }) }
  let token: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await connection.request(attempt, (client, sent) =>
      client.listObjectsV2(
        {
          Bucket: bucket,
          Prefix: prefix,
          // XML cannot carry every character of a key.
          EncodingType: 'url',
          ...(pageSize !== undefined && { MaxKeys: pageSize }),
          ...(token !== undefined && { ContinuationToken: token }),
        },
        sent,
      ),
    )
    requireListing(page, connection, attempt)
    yield (page.Contents ?? []).flatMap(object => infoOf(object, page.EncodingType, range))
    const next = page.IsTruncated ? page.NextContinuationToken : undefined
    if (page.IsTruncated && (next === undefined || next === token)) {
      throw connection.explainer.explain(new S3Trouble(NOT_S3, 'pages of a list that do not go on'), attempt)
    }
    token = next
  } while (token !== undefined)
}

/** A web page that is read as a list would be an empty one. */
function requireListing(
  page: ListObjectsV2CommandOutput,
  connection: S3Connection,
  attempt: { readonly verb: string; readonly bucket: string },
): void {
  if (page.Name !== undefined || page.KeyCount !== undefined) return
  throw connection.explainer.explain(new S3Trouble(NOT_S3, 'an answer without Name and KeyCount'), attempt)
}

/** None for what a console makes to show a folder: its name is no key. */
function infoOf(
  object: {
    Key?: string | undefined
    Size?: number | undefined
    LastModified?: Date | undefined
    ETag?: string | undefined
  },
  encoding: string | undefined,
  range: ObjectRange,
): ObjectInfo[] {
  const name = decoded(object.Key!, encoding)
  if (name.endsWith('/')) return []
  const { Size: size = 0, LastModified, ETag: etag } = object
  return [{ key: range.key(name), size, modified: LastModified?.getTime() ?? 0, ...(etag !== undefined && { etag }) }]
}

/** Services that know no encoding leave it out of their answer. */
const decoded = (key: string, encoding: string | undefined): string =>
  encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key

/** Uploads of objects that begin with `prefix` and were neither finished nor given up. */
export async function* unfinishedUploads(
  connection: S3Connection,
  bucket: string,
  prefix: string,
  options: RequestOptions = {},
): AsyncGenerator<{ object: string; uploadId: string }> {
  const attempt = { verb: 'list unfinished uploads of', bucket, ...(prefix !== '' && { object: prefix }) }
  let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {}
  while (from !== null) {
    const after: { KeyMarker?: string; UploadIdMarker?: string } = from
    const page: ListMultipartUploadsCommandOutput = await connection.request(
      attempt,
      (client, sent) =>
        client.listMultipartUploads({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...after }, sent),
      options,
    )
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue
      const object = decoded(Key, page.EncodingType)
      if (object.startsWith(prefix)) yield { object, uploadId: UploadId }
    }
    from = null
    if (page.IsTruncated && page.NextKeyMarker !== undefined) {
      const KeyMarker = decoded(page.NextKeyMarker, page.EncodingType)
      const moved = KeyMarker !== after.KeyMarker || page.NextUploadIdMarker !== after.UploadIdMarker
      if (moved) from = { KeyMarker, ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }) }
    }
  }
}
