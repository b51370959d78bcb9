import type { CorpusRecord } from '../contracts/metrics'
import type { Manifest } from './manifest'

/** A manifest as runs record it. */
export function corpusRecord({ generator_version, parameters, complete, totals, digest }: Manifest): CorpusRecord {
  return {
    kind: 'generated',
    generator_version,
    seed: parameters.seed,
    scale: parameters.scale,
    rows: totals.rows,
    files: totals.files,
    bytes: totals.bytes,
    digest,
    injected_dirt: totals.dirt,
    parameters: { ...parameters, complete },
  }
}
