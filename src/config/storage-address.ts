import { isBucket } from './fields'
import type { PathIssue } from './issues'
import { nest } from './layers'
import { at, isTree, merge, type Tree } from './tree'

const STORAGE = ['platform', 'storage']
const S3_ADDRESS = /^s3[an]?:/i

/**
 * A layer whose storage is what its text means: an `s3://bucket/prefix` in place of a path is that bucket for all three layers, and
 * the type is that of what is given.
 */
export function placeStorage(tree: Tree): {
  readonly tree: Tree
  readonly issues: readonly PathIssue[]
} {
  const storage = at(tree, STORAGE)
  if (!isTree(storage)) return { tree, issues: [] }
  const { path, s3, ...rest } = storage
  if (typeof path !== 'string' || !S3_ADDRESS.test(path.trim())) {
    const type =
      s3 === undefined ? (path === undefined ? null : 'local') : path === undefined ? 's3' : null
    const known = rest.type !== undefined || type === null
    return { tree: known ? tree : merge(tree, nest([...STORAGE, 'type'], type)), issues: [] }
  }
  const address = /^s3a?:\/\/([^/?#@]+)(?:\/([^?#]*))?$/i.exec(path.trim())
  const message =
    rest.type === 'local'
      ? 'is on S3. Write `type: s3`, or leave the type out.'
      : !address || !isBucket(address[1]!)
        ? 'must be s3://bucket or s3://bucket/prefix, the bucket of 3 to 63 lower-case letters, digits, - and dots; no _, and no digit first after the last dot. Keys and endpoint stand in `platform.storage.s3`.'
        : isTree(s3) && (s3.buckets !== undefined || s3.prefix !== undefined)
          ? 'names bucket and prefix, and so does `s3`; keep one of them.'
          : null
  const [bucket = '', prefix = ''] = address?.slice(1) ?? []
  const meant =
    message === null
      ? {
          ...(isTree(s3) ? s3 : {}),
          buckets: { bronze: bucket, silver: bucket, gold: bucket },
          prefix: prefix.replace(/\/$/, ''),
        }
      : s3
  const platform = {
    ...(tree.platform as Tree),
    storage: { type: 's3', ...rest, s3: isTree(meant) ? meant : undefined },
  }
  return {
    tree: { ...tree, platform },
    issues: message ? [{ path: [...STORAGE, 'path'], message }] : [],
  }
}
