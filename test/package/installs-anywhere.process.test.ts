import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'

const ROOT = resolve(import.meta.dirname, '../..')
const json = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))

/** A project as `npm init -y` makes it, so CommonJS, with the built package in it. */
function project(): string {
  const folder = tempDir()
  writeFileSync(join(folder, 'package.json'), '{ "name": "u", "version": "1.0.0" }')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/lakebench'))
  return folder
}

test('a CommonJS project may require it, import it, and run its TypeScript by tsx', () => {
  const cwd = project()
  const run = (file: string, text: string, ...loader: string[]) => {
    writeFileSync(join(cwd, file), text)
    return execFileSync(process.execPath, [...loader, file], { cwd, encoding: 'utf8' }).trim()
  }
  const said =
    "console.log(typeof runBatch, typeof EventRecorder, Object.keys(schema).includes('$schema'))"
  const required = `const { runBatch } = require('lakebench')
    const { EventRecorder } = require('lakebench/testing')
    const schema = require('lakebench/schema/metrics.json')`
  const imported = `import { runBatch } from 'lakebench'
    import { EventRecorder } from 'lakebench/testing'
    const schema = { $schema: '' }`
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs')
  expect(run('a.cjs', `${required}\n${said}`)).toBe('function function true')
  expect(run('a.mjs', `${imported}\n${said}`)).toBe('function function true')
  expect(run('a.ts', `${imported}\n${said}`, tsx)).toBe('function function true')
})

test('what must be installed takes the oldest Node that the package takes; what does not is optional', () => {
  const { packages } = json('package-lock.json') as {
    packages: Record<
      string,
      { dev?: boolean; optional?: boolean; devOptional?: boolean; engines?: { node?: string } }
    >
  }
  const needed = Object.entries(packages).filter(
    ([, one]) => !one.dev && !one.optional && !one.devOptional,
  )
  expect(needed.length).toBeGreaterThan(50)
  const tooNew = needed.filter(([, { engines }]) => {
    const [, major = '0', minor = '0'] = /(\d+)(?:\.(\d+))?/.exec(engines?.node ?? '') ?? []
    return Number(major) > 20 || (Number(major) === 20 && Number(minor) > 19)
  })
  expect(tooNew.map(([name]) => name)).toEqual([])
  // Its developers have it in any case, so the lock calls it theirs.
  const { dependencies, optionalDependencies } = json('package.json')
  expect(Object.keys(optionalDependencies)).toEqual(['@kubernetes/client-node'])
  expect(dependencies).not.toHaveProperty('@kubernetes/client-node')
})

test('the lock has the dependencies of the package, as npm ci wants it', () => {
  const written = json('package.json')
  const locked = json('package-lock.json').packages['']
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies', 'engines'])
    expect(locked[kind], kind).toEqual(written[kind])
})

test("a run under Yarn's Plug'n'Play is refused with the setting that helps", async () => {
  const text = `Object.defineProperty(process.versions, 'pnp', { value: '3' })
    require('lakebench').runBatch({ scale: 0.0005, storage: './data' }).catch(e => console.log(e.code, e.message))`
  const cwd = project()
  writeFileSync(join(cwd, 'a.cjs'), text)
  const said = execFileSync(process.execPath, ['a.cjs'], { cwd, encoding: 'utf8' })
  expect(said).toMatch(/^PREREQUISITE .*nodeLinker: node-modules/)
})
