import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localStore } from '../../src/storage/local-store'
import { MemoryStore } from '../../src/testing/fakes'
import { objectStoreConformance } from './object-store'

objectStoreConformance('a local folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'lakebench-store-'))
  return {
    store: localStore(join(root, 'not yet there')),
    close: () => rmSync(root, { recursive: true, force: true }),
  }
})

objectStoreConformance('memory', () => ({ store: new MemoryStore(), close: () => {} }))
