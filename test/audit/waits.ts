import type { RunMetrics } from '../../src/contracts/metrics'
import { goldOfFiles, type StreamFacts } from './stream-facts'

/** From when to when rows were unseen; `null`: they still are. */
export interface Wait {
  readonly from: number
  readonly to: number | null
}

/** Each raw file from its landing to the commit of gold that shows its rows. */
export function waitsFor({ continuous, streaming }: RunMetrics, facts: StreamFacts): Wait[] {
  const gold = streaming.find(s => s.job_name === 'gold-refresh')?.batches ?? []
  return goldOfFiles(facts).map((commit, i) => ({
    from: continuous!.landings[i]?.at ?? Number.NaN,
    to: commit === null ? null : (gold[commit - 1]?.at ?? null),
  }))
}
