import type { CorpusRecord } from '../contracts/metrics'
import type { ChangedFile } from './check-files'
import type { CorpusLocation } from './location'
import type { Manifest } from './manifest'
import { corpusIdentity } from './plan'

/** A manifest as runs record it. */
export function corpusRecord(
  manifest: Manifest,
  { prefix }: CorpusLocation,
  changed: readonly ChangedFile[] = [],
): CorpusRecord {
  const { generator_version, parameters, complete, totals, digest } = manifest
  return {
    kind: 'generated',
    generator_version,
    seed: parameters.seed,
    scale: parameters.scale,
    rows: totals.rows,
    files: totals.files,
    bytes: totals.bytes,
    digest,
    identity: corpusIdentity(parameters, generator_version),
    prefix,
    changed_files: changed.map(({ key, message }) => `${key}: ${message}`),
    injected_dirt: totals.dirt,
    parameters: { ...parameters, complete },
  }
}
