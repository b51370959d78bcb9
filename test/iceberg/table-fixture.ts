import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export { COLUMNS, writeRows } from './table-columns'

/** A folder that goes away with the test. */
export function tempFolder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'lakebench-lakehouse-')))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
