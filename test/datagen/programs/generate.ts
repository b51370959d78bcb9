/** Generates into the folder argv[2] the configuration argv[3] (JSON). A process of its own, for tests that kill it. */

import { localPlace } from '../../../src/corpus-place'
import { generateCorpus } from '../../../src/datagen/corpus'

const [, , root, config] = process.argv
await generateCorpus({ place: localPlace(root!), config: JSON.parse(config!), signal: new AbortController().signal })
