import { randomBytes } from 'node:crypto'
import { S3 } from '@aws-sdk/client-s3'
import type { S3Config } from '../../src/storage/s3/connection'
import { servers } from './servers'

/** A client that is none of ours, to look at the real state of the server and to clean up. */
export function plainClient(): S3 {
  const { endpoint, region, access_key, secret_key } = servers.s3()
  return new S3({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
}

/** A configuration with buckets of its own, which are made when they are first used. */
export function s3Config(change: Partial<S3Config> = {}): S3Config {
  const name = `lbs3-${randomBytes(5).toString('hex')}`
  return {
    ...servers.s3(),
    buckets: { bronze: `${name}-bronze`, silver: `${name}-silver`, gold: `${name}-gold` },
    prefix: '',
    endpoint_in_cluster: '',
    ca_cert: '',
    verify_ssl: true,
    create_buckets: true,
    ...change,
  }
}

/** Remove the buckets of a configuration with all that is in them. */
export async function removeBuckets({ buckets }: Pick<S3Config, 'buckets'>): Promise<void> {
  const client = plainClient()
  for (const Bucket of new Set(Object.values(buckets))) {
    try {
      const uploads = await client.listMultipartUploads({ Bucket })
      for (const { Key, UploadId } of uploads.Uploads ?? [])
        await client.abortMultipartUpload({ Bucket, Key, UploadId })
      for (;;) {
        const page = await client.listObjectsV2({ Bucket })
        for (const { Key } of page.Contents ?? []) await client.deleteObject({ Bucket, Key })
        if (!page.IsTruncated) break
      }
      await client.deleteBucket({ Bucket })
    } catch (error) {
      if ((error as Error).name !== 'NoSuchBucket') throw error
    }
  }
  client.destroy()
}
