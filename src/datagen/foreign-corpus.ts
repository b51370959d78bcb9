import { createHash } from 'node:crypto'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import type { CorpusLocation } from './location'
import type { RawObject } from './raw-listing'

/** Footer length and magic. */
const TAIL = 8
const MAGIC = 'PAR1'
/** Holds most footers whole, so that a file takes one request. */
const FIRST_READ = 64 * 1024
const AT_ONCE = 16

/** Files that somebody else wrote, by their keys, sizes and footers; never written to. */
export async function foreignCorpus(
  store: ObjectStore,
  { prefix }: CorpusLocation,
  objects: readonly RawObject[],
): Promise<CorpusRecord> {
  const digest = createHash('sha256')
  for (let i = 0; i < objects.length; i += AT_ONCE) {
    const some = objects.slice(i, i + AT_ONCE)
    const footers = await Promise.all(some.map(object => readFooter(store, object)))
    some.forEach(({ key, bytes }, j) => {
      const footer = createHash('sha256').update(footers[j]!).digest('hex')
      digest.update(`${key}\n${bytes}\n${footer}\n`)
    })
  }
  return {
    kind: 'foreign',
    generator_version: null,
    seed: null,
    scale: null,
    rows: null,
    files: objects.length,
    bytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    digest: digest.digest('hex').slice(0, 32),
    identity: null,
    prefix,
    injected_dirt: null,
    parameters: {},
  }
}

/** The Parquet footer, or the last bytes of what is no Parquet file; its reader will say so. */
async function readFooter(store: ObjectStore, { key, bytes: size }: RawObject): Promise<Buffer> {
  const last = async (length: number) => Buffer.from((await store.get(key, { start: size - length, length })) ?? [])
  const end = await last(Math.min(FIRST_READ, size))
  const tail = end.subarray(-TAIL)
  if (tail.length < TAIL || tail.toString('latin1', 4) !== MAGIC) return tail
  const length = tail.readUInt32LE(0) + TAIL
  if (length > size) return tail
  return length <= end.length ? end.subarray(-length) : await last(length)
}
