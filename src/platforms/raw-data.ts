import type { ResolvedConfig } from '../config/schema'
import type { CorpusFacts } from '../contracts/jobs'
import type { CorpusLook } from '../contracts/lineage'
import type { CorpusRecord } from '../contracts/metrics'
import type { ObjectStore } from '../contracts/ports'
import { wantedCorpora } from '../datagen/paced'
import { corpusFacts, locateData, lookAtCorpus, readCorpus } from '../datagen/read-corpus'
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
