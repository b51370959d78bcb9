import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The installed package's folder: the nearest `package.json` above this file, from source and from `dist` alike. */
export function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(dir, 'package.json'))) {
    // An installation that was removed while it runs has none, and the root is its own parent.
    if (dir === dirname(dir))
      throw new Error('The installed package lakebench is gone: no package.json above its files.')
    dir = dirname(dir)
  }
  return dir
}

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version as string
}
