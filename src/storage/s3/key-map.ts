import { PrerequisiteError } from '../../contracts/errors'
import { checkKey, checkPrefix } from '../object-key'

/** One object of an S3 service. */
export interface ObjectPlace {
  readonly bucket: string
  readonly object: string
}

/** Objects of one bucket that begin alike, and the keys they stand for. */
export interface ObjectRange {
  readonly bucket: string
  readonly prefix: string
  key(object: string): string
}

/** Which key of a store is which object. */
export interface KeyMap {
  /** Each once. */
  readonly buckets: readonly string[]
  /** Prefix of every object's key; empty, or ends with `/`. */
  readonly below: string
  /** @throws PrerequisiteError for what is no key here */
  place(key: string): ObjectPlace
  /** Where the keys that begin with `prefix` are. */
  ranges(prefix: string): readonly ObjectRange[]
}

/** All keys below a prefix of one bucket; the prefix is empty or ends with `/`. */
export function prefixKeys(bucket: string, below = ''): KeyMap {
  return {
    buckets: [bucket],
    below,
    place(key) {
      checkKey(key)
      return { bucket, object: below + key }
    },
    ranges(prefix) {
      checkPrefix(prefix)
      return [{ bucket, prefix: below + prefix, key: object => object.slice(below.length) }]
    },
  }
}

/**
 * The lakehouse's keys: the first part names the layer, and each layer has its bucket. Layers that share one keep their name as
 * the first part of the object, so that nothing collides. All lies below `prefix`, a folder in each bucket; empty: the bucket itself.
 */
export function layerKeys(
  buckets: { readonly bronze: string; readonly silver: string; readonly gold: string },
  prefix = '',
): KeyMap {
  const below = prefix === '' ? '' : `${prefix}/`
  const names = Object.values(buckets)
  const shared = (bucket: string) => names.filter(name => name === bucket).length > 1
  const layers = Object.entries(buckets).map(([layer, bucket]) => {
    const dropped = shared(bucket) ? 0 : layer.length + 1
    return { layer, root: `${layer}/`, bucket, dropped }
  })
  const known = layers.map(({ root }) => root).join(', ')
  return {
    buckets: [...new Set(names)],
    below,
    place(key) {
      checkKey(key)
      const at = layers.find(({ root }) => key.startsWith(root))
      if (at !== undefined) return { bucket: at.bucket, object: below + key.slice(at.dropped) }
      throw new PrerequisiteError(
        `${JSON.stringify(key)} lies in no bucket: keys of this store begin with ${known}.`,
      )
    },
    ranges(prefix) {
      checkPrefix(prefix)
      const within = layers.filter(({ root }) => root.startsWith(prefix) || prefix.startsWith(root))
      if (within.length === 0) {
        throw new PrerequisiteError(
          `Nothing can lie below ${JSON.stringify(prefix)}: keys of this store begin with ${known}.`,
        )
      }
      return within.map(({ layer, root, bucket, dropped }) => ({
        bucket,
        prefix: below + (prefix.startsWith(root) ? prefix : root).slice(dropped),
        key: object => (dropped === 0 ? '' : `${layer}/`) + object.slice(below.length),
      }))
    },
  }
}
