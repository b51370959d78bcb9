import { expect, test } from 'vitest'
import { CONFIG_TEMPLATE } from '../../src/cli/commands/init'
import { configSummary } from '../../src/cli/commands/validate'
import { benchmarkOverride, runOverride, scaleOverride } from '../../src/cli/overrides'
import { loadConfig } from '../../src/config/load'
import { ConfigError } from '../../src/contracts/errors'

test('flags become config, and nothing else does', async () => {
  const untouched = await loadConfig({ preset: 'kubernetes' })
  for (const none of [scaleOverride({}), runOverride({}), benchmarkOverride({})])
    expect(await loadConfig({ preset: 'kubernetes' }, none)).toEqual(untouched)
  const config = await loadConfig(
    { architecture: { benchmark: { streams: 2 } } },
    benchmarkOverride({
      mode: 'composite',
      cold: true,
      iterations: 5,
      class: ['filter/prune', 'scan'],
    }),
  )
  expect(config.architecture.benchmark).toMatchObject({
    mode: 'composite',
    streams: 2,
    cache: 'cold',
    iterations: 5,
    classes: ['filter_prune', 'scan'],
  })
  expect(
    (await loadConfig({ scale: 5 }, scaleOverride({ scale: 0.01 }))).architecture.workload.datagen
      .scale,
  ).toBe(0.01)
})

test('a class that is none is a problem of the config', async () => {
  await expect(loadConfig({}, benchmarkOverride({ class: ['scans'] }))).rejects.toThrow(ConfigError)
})

test('the file that init writes is the default config', async () => {
  const { parse } = await import('yaml')
  expect(await loadConfig(parse(CONFIG_TEMPLATE))).toEqual(await loadConfig({}))
})

test('the summary of a config says what it comes to and hides secrets', async () => {
  const config = await loadConfig({
    preset: 'kubernetes',
    platform: {
      storage: {
        s3: { endpoint: 'https://s3.example', access_key: 'AKIA-XYZ', secret_key: 'hush' },
      },
    },
  })
  const text = configSummary(config)
  expect(text).toContain('s3, https://s3.example, buckets lakebench-bronze')
  expect(text).toContain('10 (about 100 GiB of raw data)')
  expect(text).not.toMatch(/hush|AKIA/)
})
