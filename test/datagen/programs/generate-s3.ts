/** Generates into the S3 storage and configuration of the environment's PROGRAM_INPUT. A process of its own, for tests that kill it. */

import { generateCorpus } from '../../../src/datagen/corpus'
import { s3Place } from '../../../src/platforms/corpus-target'
import { openS3Store } from '../../../src/storage/s3/s3-store'

const { storage, config } = JSON.parse(process.env.PROGRAM_INPUT!)
const place = s3Place(await openS3Store(storage.s3), storage)
await generateCorpus({ place, config, signal: new AbortController().signal })
