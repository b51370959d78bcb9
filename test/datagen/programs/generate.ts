/** Generates into the folder argv[2] the configuration argv[3] (JSON). A process of its own, for tests that kill it. */

import { generateCorpus } from '../../../src/datagen/corpus'
import { localPlace } from '../../../src/platforms/corpus-target'

const [, , root, config] = process.argv
await generateCorpus({
  place: localPlace(root!),
  config: JSON.parse(config!),
  signal: new AbortController().signal,
})
