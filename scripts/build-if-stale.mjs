// Builds unless the last build is younger than all that it is made of. `npm ci` has just built a fresh clone, and building with types
// takes half a minute of every test that runs the built package.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const SOURCES = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts']
// The scripts are written first, the types last.
const BUILT = ['dist/index.js', 'dist/index.d.ts']

/** When a file, or anything in a folder, last changed; a folder changes when a file in it goes. */
function newest(path) {
  const info = statSync(path)
  const below = info.isDirectory() ? readdirSync(path) : []
  return Math.max(info.mtimeMs, ...below.map(name => newest(resolve(path, name))))
}

const built = BUILT.map(path => resolve(root, path))
const changed = Math.max(...SOURCES.map(path => newest(resolve(root, path))))
const fresh = built.every(path => existsSync(path) && statSync(path).mtimeMs > changed)
if (!fresh) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
