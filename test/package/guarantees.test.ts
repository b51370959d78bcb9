import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const TESTS = resolve(import.meta.dirname, '..')
const page = readFileSync(resolve(TESTS, '../docs/guarantees.md'), 'utf8')
const rows = page
  .split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| promise'))
  .map(line => line.split(/(?<!\\)\|/).slice(1, -1))

test('every promise names tests that exist, and their count', () => {
  expect(rows.length).toBeGreaterThan(30)
  for (const row of rows) {
    const [promise, tests, count] = row.map(cell => cell.trim())
    const paths = [...tests!.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
    expect({ promise, cells: row.length, tests: paths.length > 0 }).toEqual({
      promise,
      cells: 3,
      tests: true,
    })
    expect(count, promise).toMatch(/\d|every/)
    for (const path of paths)
      expect(existsSync(join(TESTS, path)), `${promise}: ${path}`).toBe(true)
  }
})
