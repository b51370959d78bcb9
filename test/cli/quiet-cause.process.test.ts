import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { lakebench } from './process'

const root = tempDir()
const count = (text: string, part: string) => text.split(part).length - 1

test('a quiet run that fails says why on stderr, and only that', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  const folder = join(cwd, 'lakebench-data/bronze/customer/interactions')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'part-000000.parquet'), 'no parquet')
  const { code, stdout, stderr } = await lakebench(['run', '-q', '--scale', '0.001'], { cwd })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^FAILED\n.*metrics\.json\n.*report\.html\n$/)
  expect(stderr).toMatch(/^error: bronze-verify: .*part-000000\.parquet.*\n$/)
})

test('a benchmark without tables says so once', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  const loud = await lakebench(['benchmark'], { cwd })
  expect(loud.code).toBe(1)
  const missing = 'There is no silver table'
  expect({ progress: count(loud.stderr, missing), summary: count(loud.stdout, missing) }).toEqual({
    progress: 1,
    summary: 1,
  })
  const quiet = await lakebench(['benchmark', '-q'], { cwd })
  expect(count(quiet.stderr, missing)).toBe(1)
  expect(quiet.stderr).toContain('lakebench run --generate')
})
