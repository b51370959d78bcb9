import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type { CorpusRecord } from '../contracts/metrics'
import { type PacedPlan, pacedParameters, pacedPlan } from './paced'
import { type CorpusParameters, corpusIdentity, corpusParameters } from './plan'

/** The producer of a continuous run of this config; `null` where it makes nothing. */
export function producerPlan({
  architecture: { pipeline, workload },
}: ResolvedConfig): PacedPlan | null {
  const { run_duration: duration, bronze_trigger_interval: trigger } = pipeline.continuous
  return pacedPlan(workload.datagen, { duration, trigger })
}

/** The corpora that a config may mean, the likeliest first. One that cannot be made was not. */
export function wantedCorpora(config: ResolvedConfig): CorpusParameters[] {
  const { pipeline, workload } = config.architecture
  const paced = pipeline.mode === 'continuous' ? producerPlan(config) : null
  const candidates = [
    ...(paced ? [() => pacedParameters(workload.datagen, paced)] : []),
    () => corpusParameters(workload.datagen),
  ]
  return candidates.flatMap(parameters => {
    try {
      return [parameters()]
    } catch (error) {
      if (error instanceof PrerequisiteError) return []
      throw error
    }
  })
}

/** Why the raw data in storage is not what the config describes; `null` when it is, or nobody can tell. */
export function corpusMismatch(config: ResolvedConfig, corpus: CorpusRecord): string | null {
  if (corpus.kind !== 'generated') return null
  const { scale, seed } = config.architecture.workload.datagen
  if (wantedCorpora(config).some(wanted => corpusIdentity(wanted) === corpus.identity)) return null
  return `The raw data in storage is not the corpus that the config describes: it was made with scale ${corpus.scale}, seed ${corpus.seed}; the config says scale ${scale}, seed ${seed}${corpus.scale === scale && corpus.seed === seed ? ', and other settings of its datagen section' : ''}. What lies there is measured; --generate makes the other one beside it.`
}
