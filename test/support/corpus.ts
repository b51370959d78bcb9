import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { generateCorpus } from '../../src/datagen/corpus'
import { localPlace } from '../../src/platforms/corpus-target'
import { never } from '../../src/shared/abort'

/** Raw data in a storage folder as `generate` leaves it, for tests of what comes after: made once for all test files, and copied. */
export async function placeCorpus(storage: string, datagen: object): Promise<void> {
  const name = createHash('sha256').update(JSON.stringify(datagen)).digest('hex').slice(0, 16)
  const made = join(inject('fixtures'), name)
  if (!existsSync(made)) await make(made, datagen)
  cpSync(made, storage, { recursive: true })
}

async function make(made: string, datagen: object): Promise<void> {
  const own = mkdtempSync(`${made}-`)
  const { architecture } = await loadConfig({ architecture: { workload: { datagen } } })
  const config = architecture.workload.datagen
  await generateCorpus({ place: localPlace(own), config, signal: never() })
  try {
    renameSync(own, made)
  } catch {
    // Another test file has made it meanwhile.
    rmSync(own, { recursive: true })
  }
}
