import type { CorpusRecord } from '../contracts/metrics'
import { RAW_PREFIX } from '../workload/raw-columns'
import type { Manifest } from './manifest'
import { corpusIdentity } from './plan'

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
    identity: corpusIdentity(parameters, generator_version),
    prefix: RAW_PREFIX,
    injected_dirt: totals.dirt,
    parameters: { ...parameters, complete },
  }
}
