import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder for what several test files use; it goes when all have ended. */
    fixtures: string
  }
}

/** Set-up of all test files together. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lakebench-fixtures-'))
  project.provide('fixtures', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
