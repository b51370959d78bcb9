import { createHash } from 'node:crypto'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import type { RawObject } from '../workload/raw-files'
import { readFooterDigest } from './footer'
import type { CorpusLocation } from './location'

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
    const footers = await Promise.all(some.map(object => readFooterDigest(store, object)))
    for (const [j, { key, bytes }] of some.entries())
      digest.update(`${key}\n${bytes}\n${footers[j]}\n`)
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
    changed_files: null,
    injected_dirt: null,
    parameters: {},
  }
}
