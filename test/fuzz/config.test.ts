// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a config look like this
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CONFIG_TEMPLATE } from '../../src/cli/commands/init'
import { loadConfig } from '../../src/config/load'
import { redactConfig } from '../../src/config/resolve'
import { ConfigError } from '../../src/contracts/errors'
import { tempDir } from '../support/fake-parts'
import { below, fuzz, mutateBytes, pick, type Random } from './inputs'

const path = join(tempDir(), 'fuzzed.yaml')

/** Letters and digits alone, so that no escape of YAML or JSON hides them from the search. */
const SECRETS = ['Zq7xVbnP2kWm', 'hunter2hunter2', '8841973350126']

const withSecret = (secret: string) => [
  `${CONFIG_TEMPLATE}\nextra: 1\n`,
  `preset: local-spark
storage:
  type: s3
  s3: { endpoint: http://minio:9000, access_key: me, secret_key: ${secret} }
architecture:
  catalog: { type: rest, uri: http://catalog:8181, token: "${secret}" }
  query_engine:
    type: trino
    url: https://trino:8443
    password: '${secret}'
platform:
  compute:
    spark:
      conf:
        spark.hadoop.fs.s3a.secret.key: ${secret}
        spark.sql.shuffle.partitions: 8
`,
  `preset: kubernetes\nrecipe: polaris-iceberg-spark-trino\nstorage: { path: s3://lake/a, s3: { secret_key: "${secret}" } }\nscale: \${SCALE:-1}\n`,
  JSON.stringify({
    scale: 1,
    architecture: { query_engine: { type: 'trino', url: 'http://t:1', password: secret } },
  }),
]

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '"',
  "'",
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '#',
  '- ',
  '? ',
  '<<: ',
  '%',
  '@',
  '`',
  '\t',
  '\n',
  '${',
  '---\n',
  '\0',
  '\u2028',
  '~',
  '[[[[[[[[',
]

/** A fault that an editor makes, in a text or its lines: pieces of syntax put in, characters and line ends taken out, lines moved. */
function edit(text: string, random: Random): string {
  const lines = text.split('\n')
  const at = below(random, text.length)
  switch (below(random, 6)) {
    case 0:
      return text.slice(0, at) + pick(random, PIECES) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + below(random, 4))
    case 2:
      return text.replace(
        pick(random, [': ', '"', "'", '\n', '{', '}', ' ']),
        pick(random, ['', ' ', ':', '\n']),
      )
    case 3:
      lines.splice(
        below(random, lines.length),
        0,
        pick(random, lines).replace(/^ */, ' '.repeat(below(random, 9))),
      )
      return lines.join('\n')
    case 4:
      return text.replace(/(password|secret_key|token|secret\.key)(["']?): ?/, (_, key) =>
        pick(random, [`${key}:`, `${key} `, '', `? ${key}\n: `]),
      )
    default:
      return mutateBytes(Buffer.from(text), random).toString()
  }
}

test('a mutated config is read or refused, in bounded time, and shows none of its secrets', {
  timeout: 1_800_000,
}, async () => {
  await fuzz(600, async random => {
    const secret = pick(random, SECRETS)
    let text = pick(random, withSecret(secret))
    for (let edits = 1 + below(random, 3); edits > 0; edits--) text = edit(text, random)
    writeFileSync(path, text)
    try {
      const config = await loadConfig(path, {}, { env: {} })
      // What is valid and no secret any more by its key may be shown: only that it can be.
      expect(() => redactConfig(config)).not.toThrow()
    } catch (error) {
      expect(error, `${error}\n${text}`).toBeInstanceOf(ConfigError)
      const { message, issues } = error as ConfigError
      expect(`${message}${JSON.stringify(issues)}`, text).not.toContain(secret)
      expect(message, text).not.toMatch(
        /bug|undefined|\[object|Cannot read|call stack|Invalid input/,
      )
      expect(message.length, text).toBeLessThan(20_000)
    }
  })
})
