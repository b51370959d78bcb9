import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { readJson } from '../../src/results/load-run'
import { readSeries } from '../../src/results/series/series-record'
import { ensureFolder, ensureFolderSync } from '../../src/shared/folders'
import { readRegularFile } from '../../src/shared/read-file'
import { acquireLease } from '../../src/storage/lease'
import { localStore } from '../../src/storage/local-store'
import { tempFolder } from '../iceberg/table-fixture'

/** Places where a file is expected, each read by its own door. */
const doors = [
  ['a file', 'x', (folder: string) => readRegularFile(join(folder, 'x'))],
  ['a config', 'lakebench.yaml', (folder: string) => loadConfig(join(folder, 'lakebench.yaml'))],
  [
    'a record or baseline',
    'metrics.json',
    (folder: string) => readJson(join(folder, 'metrics.json')),
  ],
  [
    'an object of the store',
    'corpus.json',
    (folder: string) => localStore(folder).get('corpus.json'),
  ],
  ['a lease', 'lease-1.json', (folder: string) => acquireLease(folder, 'mine')],
  ['a series', 'series/series-a/series.json', async (folder: string) => readSeries(folder, 'a')],
] as const

test.each(doors)(
  'a pipe, a socket, a device in the place of %s is an error that names it',
  async (_what, name, open) => {
    for (const [kind, make] of [
      ['pipe', (path: string) => execFileSync('mkfifo', [path])],
      ['device', (path: string) => symlinkSync('/dev/zero', path)],
      ['socket', listen],
    ] as const) {
      const folder = join(tempFolder(), kind)
      const path = join(folder, name)
      mkdirSync(join(path, '..'), { recursive: true })
      await make(path)
      await expect(open(folder)).rejects.toThrow(
        /is a (named pipe|device|socket)|is no file|a socket or a device/,
      )
      await expect(open(folder)).rejects.toThrow(
        name === 'series/series-a/series.json' ? 'series a' : path,
      )
    }
  },
)

async function listen(path: string): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>(resolve => server.listen(path, resolve))
}

test('a pipe that the shell opened is read: `--config <(…)`', async () => {
  const text = execFileSync('bash', [
    '-c',
    `node --import tsx -e "import('./src/config/load.ts').then(m => m.loadConfig(process.argv[1])).then(c => console.log(c.name))" <(echo 'name: piped')`,
  ])
  expect(text.toString().trim()).toBe('piped')
})

test('a file far larger than its kind is refused before it is read', async () => {
  const path = join(tempFolder(), 'lakebench.yaml')
  writeFileSync(path, '')
  truncateSync(path, 2 ** 40)
  await expect(loadConfig(path)).rejects.toThrow(`${path} is 1048576 MiB large`)
})

test('a folder behind a link that leads nowhere is an error that names the link', async () => {
  const folder = tempFolder()
  const link = join(folder, 'silver')
  symlinkSync('/nowhere/disk', link)
  const said = `${link} is a link that leads nowhere. Mount the disk that it leads to, or delete it.`
  await expect(ensureFolder(join(link, 'a/b'))).rejects.toThrow(said)
  expect(() => ensureFolderSync(join(link, 'a/b'))).toThrow(said)
  await expect(localStore(folder).put('silver/a', '1')).rejects.toThrow(said)
  await expect(acquireLease(link, 'mine')).rejects.toThrow(said)
})
