import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { fileSystemOf, machineRecord, provenance } from '../../src/platforms/provenance'
import { calibrate } from '../../src/results/series/fixed-work'
import { tempDir } from '../support/fake-parts'

const dir = tempDir()
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    encoding: 'utf8',
  }).trim()

test('the config’s revision, and whether it was changed since, are on record', async () => {
  const path = join(dir, 'bench.yaml')
  writeFileSync(path, 'name: x\n')
  writeFileSync(join(dir, 'other.txt'), 'x')
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'first')
  const config = await loadConfig(path)
  const revision = async () => (await provenance(config, path)).config_file
  expect(await revision()).toEqual({
    path,
    git_revision: git('rev-parse', 'HEAD'),
    changed_since: false,
  })
  writeFileSync(join(dir, 'other.txt'), 'y')
  expect(await revision()).toMatchObject({ changed_since: false })
  writeFileSync(path, 'name: y\n')
  expect(await revision()).toMatchObject({
    git_revision: git('rev-parse', 'HEAD'),
    changed_since: true,
  })
})

test('where there is no git, nothing is claimed', async () => {
  const outside = tempDir()
  const path = join(outside, 'bench.yaml')
  writeFileSync(path, 'name: x\n')
  const config = await loadConfig(path)
  expect((await provenance(config, path)).config_file).toEqual({
    path,
    git_revision: null,
    changed_since: null,
  })
})

test('versions are those that are installed, and images and file systems are named', async () => {
  const config = await loadConfig({
    storage: dir,
    platform: { kubernetes: { image: 'registry.example.org/spark:4.1' } },
  })
  const { packages, images, file_system } = await provenance(config)
  const duckdb = JSON.parse(
    readFileSync('node_modules/@duckdb/node-api/package.json', 'utf8'),
  ).version
  expect(packages).toMatchObject({ '@duckdb/node-api': duckdb })
  expect(Object.values(packages as object)).not.toContain(null)
  expect(images).toEqual(['registry.example.org/spark:4.1'])
  expect(file_system).toEqual({ storage: fileSystemOf(dir), temporary: expect.anything() })
})

test.skipIf(!existsSync('/proc/self/mountinfo'))(
  'a path lies on the mount that is nearest above it',
  () => {
    expect(fileSystemOf('/proc/self/status')).toEqual({ type: 'proc', mount: '/proc' })
    expect(fileSystemOf('/procedure')).toMatchObject({ mount: '/' })
    expect(fileSystemOf('/')).toMatchObject({ mount: '/' })
  },
)

test('the machine’s record names processor, memory, kernel and limits', () => {
  const record = machineRecord()
  expect(record).toMatchObject({
    cpu_model: expect.any(String),
    cores: expect.any(Number),
    memory_bytes: expect.any(Number),
    kernel: expect.any(String),
    container: {
      cpu_limit: record.container && expect.toSatisfy(limit => limit === null || limit > 0),
    },
  })
})

test('calibration is fixed work that takes a few seconds at most, and leaves nothing', () => {
  const folder = join(dir, 'calibrated')
  const { version, ...seconds } = calibrate(folder)
  expect(version).toBe(1)
  expect(Object.keys(seconds)).toEqual([
    'hash_seconds',
    'copy_seconds',
    'write_seconds',
    'read_seconds',
  ])
  for (const value of Object.values(seconds)) expect(value).toBeGreaterThan(0)
  expect(readdirSync(folder)).toEqual([])
})

test('a folder that cannot be written is said, with the remedy', () => {
  const file = join(dir, 'no-folder')
  mkdirSync(dir, { recursive: true })
  writeFileSync(file, '')
  expect(() => calibrate(file)).toThrow(/cannot be calibrated.*leave out --calibrate/s)
})
