import { createHash } from 'node:crypto'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import type { RawObject } from './raw-listing'

/** Footer length and magic. */
const TAIL = 8
const MAGIC = 'PAR1'

/** Files that somebody else wrote, by their keys, sizes and footers; never written to. */
export async function foreignCorpus(store: ObjectStore, objects: readonly RawObject[]): Promise<CorpusRecord> {
  const digest = createHash('sha256')
  for (const { key, bytes } of objects) {
    const footer = createHash('sha256')
      .update(await readFooter(store, key, bytes))
      .digest('hex')
    digest.update(`${key}\n${bytes}\n${footer}\n`)
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
    injected_dirt: null,
    parameters: {},
  }
}

/** The Parquet footer, or the last bytes of what is no Parquet file; its reader will say so. */
async function readFooter(store: ObjectStore, key: string, size: number): Promise<Buffer> {
  const last = async (length: number) => Buffer.from((await store.get(key, { start: size - length, length })) ?? [])
  const tail = await last(Math.min(TAIL, size))
  if (tail.length < TAIL || tail.toString('latin1', 4) !== MAGIC) return tail
  const length = tail.readUInt32LE(0) + TAIL
  return length > size ? tail : await last(length)
}
