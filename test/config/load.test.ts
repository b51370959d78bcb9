import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig, splitShorthand } from '../../src/config/load'
import { ConfigError } from '../../src/contracts/errors'

describe('loadConfig', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lakebench-config-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const yaml = async (text: string | Uint8Array, name = 'c.yaml') => {
    const path = join(dir, name)
    await writeFile(path, text)
    return path
  }
  const failure = async (promise: Promise<unknown>): Promise<ConfigError> => {
    const error = await promise.then(
      () => new Error('accepted'),
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }

  it('reads the page’s YAML, dates, durations and comments', async () => {
    const path = await yaml(`
# a comment
name: my-run
architecture:
  pipeline:
    mode: continuous              # batch | continuous
    continuous:
      bronze_trigger_interval: "30 seconds"
      gold_refresh_interval: 10 minutes
      run_duration: 1800
  workload: { schema: customer360, datagen: { scale: 1, file_size: 64mb, timestamp_start: 2024-01-01, timestamp_end: 2025-01-01T00:00:00Z } }
platform:
  compute:
    spark:
      driver_memory: "24g"
      conf: { spark.sql.shuffle.partitions: 64, spark.speculation: true }
`)
    const config = await loadConfig(path)
    expect(config.name).toBe('my-run')
    expect(config.architecture.pipeline.continuous).toMatchObject({
      bronze_trigger_interval: 30,
      gold_refresh_interval: 600,
    })
    expect(config.architecture.workload.datagen).toMatchObject({
      scale: 1,
      file_size: 64 * 2 ** 20,
      timestamp_start: '2024-01-01T00:00:00.000Z',
      timestamp_end: '2025-01-01T00:00:00.000Z',
    })
    expect(config.platform.compute.spark).toMatchObject({
      driver_memory: 24 * 2 ** 30,
      conf: { 'spark.sql.shuffle.partitions': '64', 'spark.speculation': 'true' },
    })
  })

  it('takes real dates, as YAML 1.1 tags and objects give them', async () => {
    const tagged = await loadConfig(
      await yaml(
        '%YAML 1.1\n---\narchitecture: { workload: { datagen: { timestamp_start: 2024-03-01 } } }\n',
      ),
    )
    expect(tagged.architecture.workload.datagen.timestamp_start).toBe('2024-03-01T00:00:00.000Z')
    const datagen = { timestamp_start: new Date('2024-04-01') as unknown as string }
    const object = await loadConfig({ architecture: { workload: { datagen } } })
    expect(object.architecture.workload.datagen.timestamp_start).toBe('2024-04-01T00:00:00.000Z')
  })

  it('takes an empty file and empty sections as nothing set', async () => {
    expect((await loadConfig(await yaml(''))).preset).toBe('embedded')
    const config = await loadConfig(
      await yaml('platform:\narchitecture:\n  workload:\n    datagen:\n  tables:\n'),
    )
    expect(config.architecture.tables.bronze).toBe('default.bronze_raw')
  })

  it('uses lakebench.yaml of the working directory where there is one, else the embedded preset', async () => {
    expect((await loadConfig(undefined, {}, { cwd: dir })).name).toBe('lakebench')
    await yaml('name: found\n', 'lakebench.yaml')
    expect((await loadConfig(undefined, {}, { cwd: dir })).name).toBe('found')
  })

  it('merges overrides deep over the file', async () => {
    const path = await yaml(
      'scale: 5\nstorage: { endpoint: http://m:9000, region: eu }\npreset: kubernetes\n',
    )
    const config = await loadConfig(path, {
      architecture: { workload: { datagen: { scale: 100 } } },
      platform: { storage: { s3: { access_key: 'a' } } },
    })
    expect(config.architecture.workload.datagen.scale).toBe(100)
    expect(config.platform.storage).toMatchObject({
      s3: { endpoint: 'http://m:9000', region: 'eu', access_key: 'a' },
    })
  })

  it('replaces an s3 storage by a local one as a whole', async () => {
    const path = await yaml('preset: local-spark\nstorage: { endpoint: http://m:9000 }\n')
    expect((await loadConfig(path, { storage: './here' })).platform.storage).toEqual({
      type: 'local',
      path: './here',
    })
  })

  it('refuses a shorthand beside its full path', async () => {
    const error = await failure(
      loadConfig({ scale: 1, architecture: { workload: { datagen: { scale: 1 } } } }),
    )
    expect(error.issues).toEqual([{ path: 'scale', message: expect.stringContaining('keep one') }])
  })

  it('names a file that is missing, a folder, or no YAML, with line and column', async () => {
    const missing = await failure(loadConfig(join(dir, 'none.yaml')))
    expect(missing.message).toContain(join(dir, 'none.yaml'))
    expect(missing.message).toContain('no such file')
    await mkdir(join(dir, 'folder'), { recursive: true })
    expect((await failure(loadConfig(join(dir, 'folder')))).message).toContain('is a folder')
    const broken = await failure(loadConfig(await yaml('name: x\nscale: [1\npreset: y: z\n')))
    expect(broken.issues[0]!.position).toEqual({ line: 3, column: 1 })
    expect(broken.message).toContain('line 3, column 1: ')
    const twice = await failure(loadConfig(await yaml('name: x\nname: y\n')))
    expect(twice.issues[0]!.position).toEqual({ line: 2, column: 1 })
  })

  it.each([
    ['a list', '- 1\n'],
    ['a scalar', 'hello\n'],
    ['two documents', 'name: a\n---\nname: b\n'],
    ['an alias that is not there', 'name: *x\n'],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`).join('\n')}\n`,
    ],
    ['binary', new Uint8Array([0, 1, 2, 255, 254])],
  ])('refuses %s as a ConfigError', async (_, text) => {
    await failure(loadConfig(await yaml(text)))
  })

  it('does not quote lines of a broken file, which may hold secrets', async () => {
    const error = await failure(loadConfig(await yaml('storage: { secret_key: "hunter2\n')))
    expect(error.message).not.toContain('hunter2')
  })

  it('takes a password that begins with * for an alias, and says so without it', async () => {
    const error = await failure(loadConfig(await yaml('storage: { secret_key: *hunter2 }\n')))
    expect(error.message).toContain('in quotes')
    expect(error.message).not.toContain('hunter2')
  })

  it('parts generate from the config', async () => {
    expect(splitShorthand({ scale: 1, generate: true })).toEqual({
      config: { scale: 1 },
      generate: true,
    })
    expect(splitShorthand({ scale: 1 })).toEqual({ config: { scale: 1 } })
    const odd = splitShorthand({ generate: 'yes' as unknown as boolean })
    expect((await failure(loadConfig(odd.config))).issues[0]).toMatchObject({ path: 'generate' })
    const file = await failure(loadConfig(await yaml('generate: true\n')))
    expect(file.issues[0]!.message).toContain('option of a run')
  })
})
