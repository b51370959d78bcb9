// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a config look like this
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { ConfigError } from '../../src/contracts/errors'
import { tempDir } from '../support/fake-parts'

const path = join(tempDir(), 'c.yaml')

async function refusal(text: string): Promise<ConfigError> {
  writeFileSync(path, text)
  const error = await loadConfig(path, {}, { env: {} }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ConfigError)
  return error as ConfigError
}

test.each([
  ['flow lists', '['.repeat(50_000)],
  ['flow sections', `a: ${'{a: '.repeat(50_000)}`],
  ['lists on one line', `${'- '.repeat(50_000)}x`],
  ['explicit keys', `${'? '.repeat(50_000)}x`],
  ['sections', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['closed lists', '['.repeat(5000) + ']'.repeat(5000)],
])('%s, nested without end: one problem that says so', async (_, text) => {
  const error = await refusal(text)
  expect(error.issues).toEqual([
    { path: '', message: 'is nested more than 64 levels deep.', position: expect.anything() },
  ])
})

test('sections deeper than any key of a config', async () => {
  expect((await refusal(`a: ${'{a: '.repeat(30)}1${'}'.repeat(30)}`)).message).toContain(
    'levels deep',
  )
})

/** Comparing each key with all others would take minutes. */
test.each([
  ['at the top', (key: string) => `${key}: 1`, ''],
  ['in a section', (key: string) => `    ${key}:`, 'architecture:\n  benchmark:\n'],
  [
    'in a map of free keys',
    (key: string) => `        ${key}: []`,
    'platform:\n  compute:\n    spark:\n      conf:\n',
  ],
])(
  '20,000 wrong keys %s: the first, and the count of the rest',
  { timeout: 30_000 },
  async (_, line, head) => {
    const error = await refusal(
      head + Array.from({ length: 20_000 }, (_, i) => line(`key${i}`)).join('\n'),
    )
    expect(error.issues).toHaveLength(51)
    expect(error.issues.at(-1)!.message).toBe('has 19950 more problems.')
  },
)

test('a text without an end', async () => {
  expect((await refusal(`name: ${'x'.repeat(2 ** 20)}`)).message).toContain('1 MiB at most')
  await expect(loadConfig('/dev/zero')).rejects.toThrow(/is a device/)
})

/** What was told with the password before: by the parser, as a key, as a value of another key, as a name of a variable. */
test.each([
  'password: }hunter2',
  'password: "hunter2',
  'password: @hunter2',
  'password: `hunter2`',
  'password: !hunter2 x',
  'password: *hunter2',
  'password: &hunter2 &hunter2 x',
  'password: %hunter2\n%hunter2 x\n---\n',
  'password: "\\hunter2"',
  'password: hunter2: x',
  'password: hunter2\n  x: y',
  'password: [hunter2\n',
  'password:\n- hunter2\n password',
  'password: |hunter2',
  'password: >2hunter2\n  x',
  'password: !!int hunter2',
  '<<: hunter2',
  'hunter2',
  'hunter2: x',
  '"hunter2": x',
  '? hunter2',
  '{ password, hunter2 }',
  '[hunter2]: x',
  'secret_key:"hunter2"',
  'storage:\n  access_key: x\n  secret_key:"hunter2": x',
  'secret_keyhunter2: x',
  'scale: hunter2',
  'name: [hunter2]',
  'preset: hunter2',
  'architecture: { benchmark: hunter2 }',
  'architecture: { benchmark: { hunter2: 1 } }',
  'architecture: { tables: { silver: hunter2 } }',
  'platform: { compute: { spark: { conf: { hunter2: [] } } } }',
  'platform: { compute: { spark: { conf: { "spark.hunter2": [] } } } }',
  'platform: { compute: { spark: { packages: [hunter2] } } }',
  'platform: { storage: { path: s3://hunter2@x } }',
  'storage: "gs://hunter2"',
  'name: "${hunter2}"',
  'name: "${hunter2 x}"',
  'a: 1\nhunter2: 1\nhunter2: 2',
])('%j is refused with line and column, without the password', async text => {
  const error = await refusal(text)
  expect(JSON.stringify([error.message, error.issues])).not.toContain('hunter2')
  for (const { position, message } of error.issues)
    if (!/aliases|^must be a section/.test(message)) expect(position).toBeDefined()
})

test('a problem stands at the line and column of its key; one of an override at none', async () => {
  writeFileSync(
    path,
    'name: x\narchitecture:\n  benchmark:\n    strems: 1\n    mode: fast\nscale: -1\n',
  )
  const error = (await loadConfig(path, { scale: -2 }).catch((e: unknown) => e)) as ConfigError
  expect(error.issues.map(({ path, position }) => [path, position])).toEqual([
    ['scale', undefined],
    ['architecture.benchmark.mode', { line: 5, column: 5 }],
    ['architecture.benchmark.strems', { line: 4, column: 5 }],
  ])
  expect(error.message).toContain(
    'architecture.benchmark.mode (line 5, column 5): must be one of power',
  )
})
