import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import type { CorpusFacts } from '../contracts/jobs'
import type { CorpusLook } from '../contracts/lineage'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import { locateData } from '../datagen/locate-corpus'
import { lookAtCorpus } from '../datagen/look-at-corpus'
import { type PacedPlan, pacedParameters, pacedPlan } from '../datagen/paced'
import { type CorpusParameters, corpusParameters } from '../datagen/plan'
import { corpusFacts, readCorpus } from '../datagen/read-corpus'
import { listRaw, type RawListing } from '../workload/raw-files'

/** The raw data that a config means, in a store; looked for anew at each call, since data generation may have run in between. */
export function rawDataOf(config: ResolvedConfig, store: ObjectStore) {
  const wanted = wantedCorpora(config)
  return {
    record: async (): Promise<CorpusRecord | null> =>
      readCorpus(store, await locateData(store, wanted)),
    look: async (): Promise<CorpusLook> => lookAtCorpus(store, await locateData(store, wanted)),
    list: async (): Promise<RawListing> => listRaw(store, (await locateData(store, wanted)).prefix),
    facts: async (): Promise<CorpusFacts> => corpusFacts(store, await locateData(store, wanted)),
  }
}

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
