// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what is tested
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { escapeReferences } from '../../src/config/environment'
import { loadConfig, splitShorthand } from '../../src/config/load'
import { redactConfig, resolveConfig } from '../../src/config/resolve'
import { tempDir } from '../support/fake-parts'

const dir = tempDir()
const env = { SECRET: 'p$${a}ss${word}' }
const input = {
  name: 'is $${literal}',
  preset: 'local-spark',
  platform: { storage: { s3: { access_key: 'a', secret_key: '${SECRET}' } } },
} as const
const first = resolveConfig(input, { env })
const texts = (config: typeof first) => [
  config.name,
  (config.platform.storage as never as { s3: { secret_key: string } }).s3.secret_key,
]
const EXPECTED = ['is ${literal}', 'p$${a}ss${word}']

test('the text of a config is looked through for references once', () => {
  expect(texts(first)).toEqual(EXPECTED)
})

test.each<[string, object]>([
  ['itself', first],
  ['a spread copy', { ...first }],
  ['what is left of it without the shorthand', splitShorthand({ ...first, generate: true }).config],
  ['a deep copy', structuredClone(first)],
  ['its JSON', JSON.parse(JSON.stringify(first))],
])('%s is a resolved config, and is one by its type', async (_, copy) => {
  expect(resolveConfig(copy)).toEqual(first)
  expect(texts(await loadConfig(copy))).toEqual(EXPECTED)
  const bigger = await loadConfig(copy, { scale: 3 })
  expect(texts(bigger)).toEqual(EXPECTED)
  expect(bigger.architecture.workload.datagen.scale).toBe(3)
})

test('a resolved config may lie in a file', async () => {
  const path = join(dir, 'resolved.json')
  writeFileSync(path, JSON.stringify(first))
  expect(await loadConfig(path)).toEqual(first)
})

test.each(['embedded', 'local-spark', 'kubernetes'] as const)('%s resolves to itself', preset => {
  const config = resolveConfig({ preset })
  expect(resolveConfig(JSON.parse(JSON.stringify(config)))).toEqual(config)
})

test('only what came out of the door is one, and what is shown is none', () => {
  expect(() => resolveConfig({ ...input, resolved: false } as never, { env })).toThrow(
    /has an unknown key/,
  )
  expect(redactConfig(first)).not.toHaveProperty('resolved')
  // An override is what a user writes, whatever lies below.
  expect(() => resolveConfig({ name: '${NOT_SET}' }, { env: {}, defaults: first })).toThrow(
    /NOT_SET is not set/,
  )
})

test('text that is written into a config stands for itself', () => {
  const text = { a: 'x${Y}', b: ['$${z', 1, null] }
  expect(resolveConfig({ name: escapeReferences({ name: 'x${Y} $${z' }).name }).name).toBe(
    'x${Y} $${z',
  )
  expect(escapeReferences(text)).toEqual({ a: 'x$${Y}', b: ['$$${z', 1, null] })
})
