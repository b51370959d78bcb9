import type { RequestOptions, S3Connection } from './connection'
import { failureOf, NOT_S3, S3Trouble } from './failure'

/** See that a bucket is there and may be listed; make it where that is asked for. */
export async function ensureBucket(
  connection: S3Connection,
  bucket: string,
  below: string,
  create: boolean,
): Promise<void> {
  try {
    await askBucket(connection, bucket, below)
  } catch (error) {
    if (!create || failureOf(error).code !== 'NoSuchBucket') {
      throw connection.explainer.explain(error, { verb: 'use', bucket })
    }
    await makeBucket(connection, bucket)
  }
}

/** A listing of one object below a prefix: unlike a HEAD it says what is wrong, and no web page passes for it. */
export async function askBucket(
  connection: S3Connection,
  bucket: string,
  below: string,
  options: RequestOptions = {},
): Promise<void> {
  const page = await connection.raw(
    (client, sent) =>
      client.listObjectsV2({ Bucket: bucket, MaxKeys: 1, ...(below && { Prefix: below }) }, sent),
    options,
  )
  if (page.Name === undefined && page.KeyCount === undefined) {
    throw new S3Trouble(NOT_S3, 'an answer without Name and KeyCount')
  }
}

async function makeBucket(connection: S3Connection, bucket: string): Promise<void> {
  try {
    await connection.raw((client, sent) => client.createBucket({ Bucket: bucket }, sent))
  } catch (error) {
    // Another process made it first, or an earlier try of ours whose answer got lost.
    if (failureOf(error).code === 'BucketAlreadyOwnedByYou') return
    throw connection.explainer.explain(error, { verb: 'make', bucket })
  }
}
