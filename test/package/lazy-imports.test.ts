import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const DIST = resolve(import.meta.dirname, '../../dist')

/** Packages that importing a built file loads at once: static imports, followed through the built chunks. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
    /^\s*(?:import|export)\b(?!\s*\()[^;'"]*?(?:from\s*)?["']([^"']+)["']/gm,
  )) {
    if (specifier!.startsWith('.'))
      for (const p of loadedBy(join(dirname(file), specifier!), seen)) packages.add(p)
    else if (!specifier!.startsWith('node:')) packages.add(specifier!)
  }
  return packages
}

const foreign = (file: string) => [...loadedBy(join(DIST, file))].filter(p => !isBuiltin(p)).sort()

test('importing lakebench loads no engine, format or Arrow package', () => {
  expect(foreign('index.js')).toEqual(['eventemitter3', 'fastest-levenshtein', 'zod'])
})

test('lakebench/testing is as light', () => {
  expect(foreign('testing.js')).toEqual([])
})

test('the command line loads its grammar only', () => {
  expect(foreign('cli/main.js')).toEqual(['commander'])
})
