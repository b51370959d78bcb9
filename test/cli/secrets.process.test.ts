import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { BRIEF } from '../support/small-run'
import { lakebench } from './process'

const root = tempDir()
const CONFIG = 'canary.yaml'

let number = 0
const canary = () => `cAnarY-${++number}-${Math.random().toString(36).slice(2, 10)}`
const [
  ACCESS,
  SECRET,
  STORE_PASSWORD,
  CATALOG_PASSWORD,
  CATALOG_TOKEN,
  URL_TOKEN,
  CONF,
  OPTION,
  FROM_ENV,
] = Array.from({ length: 9 }, canary)
const SECRETS = [
  ACCESS,
  SECRET,
  STORE_PASSWORD,
  CATALOG_PASSWORD,
  CATALOG_TOKEN,
  URL_TOKEN,
  CONF,
  OPTION,
  FROM_ENV,
]

/** A store and a catalog that refuse everybody and say back whatever they know. */
let server: Server
let port: number
beforeAll(async () => {
  server = createServer((request, response) => {
    const said = `${request.url} ${JSON.stringify(request.headers)} ${SECRETS.join(' ')}`
    response.writeHead(403, { 'content-type': 'application/xml' })
    response.end(
      `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no ${said.replace(/[<>&"]/g, ' ')}</Message></Error>`,
    )
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const conf = () => ({
  'spark.hadoop.fs.s3a.encryption.key': CONF,
  'spark.executor.extraJavaOptions': `-Djavax.net.ssl.trustStorePassword=${OPTION}`,
  'spark.authenticate.secret': '$' + '{LAKEBENCH_TEST_CANARY}',
})

const catalog = () => ({
  type: 'rest',
  uri: `http://ann:${CATALOG_PASSWORD}@127.0.0.1:${port}/api?token=${URL_TOKEN}`,
  token: CATALOG_TOKEN,
})

const onServers = (spark: object) => ({
  preset: 'local-spark',
  storage: {
    type: 's3',
    s3: {
      endpoint: `http://ann:${STORE_PASSWORD}@127.0.0.1:${port}`,
      access_key: ACCESS,
      secret_key: SECRET,
    },
  },
  platform: { compute: { spark: { conf: conf(), ...spark } } },
  architecture: { catalog: catalog(), query_engine: { type: 'none' } },
})

const embedded = () => ({
  platform: { compute: { spark: { conf: conf() } } },
  architecture: {
    benchmark: BRIEF,
    workload: { datagen: { scale: 0.001, file_size: '4mb', workers: 1 } },
  },
})

function folderWith(config: object): string {
  const cwd = mkdtempSync(join(root, 'case-'))
  // YAML reads JSON.
  writeFileSync(join(cwd, CONFIG), JSON.stringify(config))
  return cwd
}

/** Every text file that a command left. */
function written(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile() && !path.endsWith(CONFIG) && !path.endsWith('.parquet'))
    .map(path => ({ path, text: readFileSync(path, 'latin1') }))
}

function expectNoSecret(where: string, text: string): void {
  for (const secret of SECRETS)
    for (const spelling of [
      secret!,
      encodeURIComponent(secret!),
      Buffer.from(secret!).toString('base64').slice(0, -4),
    ])
      if (text.includes(spelling)) expect.fail(`${where} holds a secret: ${text.slice(0, 2000)}`)
}

async function expectSilent(cwd: string, args: readonly string[]) {
  const env = { LAKEBENCH_TEST_CANARY: FROM_ENV!, LAKEBENCH_DEBUG: '1', SPARK_HOME: '' }
  const ended = await lakebench(args, { cwd, env })
  expectNoSecret(`stdout of ${args.join(' ')}`, ended.stdout)
  expectNoSecret(`stderr of ${args.join(' ')}`, ended.stderr)
  for (const { path, text } of written(cwd)) expectNoSecret(path, text)
  return ended
}

test('commands that fail against servers say nothing secret, though the servers say it back', async () => {
  const cwd = folderWith(onServers({}))
  const status = await expectSilent(cwd, ['status', CONFIG])
  expect(status.code).toBe(3)
  expect(status.stdout).toContain(`127.0.0.1:${port}`)
  expect((await expectSilent(cwd, ['status', CONFIG, '--json'])).code).toBe(3)
  expect((await expectSilent(cwd, ['generate', CONFIG, '--scale', '0.001'])).code).not.toBe(0)
  expect(
    (await expectSilent(cwd, ['run', CONFIG, '--generate', '--scale', '0.001', '--json'])).code,
  ).not.toBe(0)
})

test('validate shows a config without its secrets', async () => {
  const cwd = folderWith(onServers({}))
  const text = await expectSilent(cwd, ['validate', CONFIG])
  expect(text.code).toBe(0)
  expect(text.stdout).toContain(`http://***@127.0.0.1:${port}`)
  const json = await expectSilent(cwd, ['validate', CONFIG, '--json'])
  expect(JSON.parse(json.stdout).config.architecture.catalog.token).toBe('***')
})

test('a config that cannot be used is refused without its secrets', async () => {
  const { code } = await expectSilent(folderWith(onServers({ jars: [SECRET], passwrd: SECRET })), [
    'validate',
    CONFIG,
  ])
  expect(code).toBe(2)
})

test('a run that passes and one that fails leave nothing secret', async () => {
  const cwd = folderWith(embedded())
  const passed = await expectSilent(cwd, ['run', CONFIG, '--generate'])
  expect(passed.code, passed.stderr).toBe(0)
  const records = written(cwd).filter(({ path }) => path.endsWith('metrics.json'))
  // Hidden are the secrets of the config, and nothing else of the record.
  const { config_snapshot, ...rest } = JSON.parse(records[0]!.text)
  expect(JSON.stringify(config_snapshot)).toContain('***')
  expect(JSON.stringify(rest)).not.toContain('***')
  expect((await expectSilent(cwd, ['benchmark', CONFIG, '--class', 'nonsense'])).code).toBe(2)
  writeFileSync(
    join(cwd, 'lakebench-data/bronze/customer/interactions/part-000000.parquet'),
    'no parquet',
  )
  expect((await expectSilent(cwd, ['run', CONFIG, '-q'])).code).not.toBe(0)
})

test('a secret that is a word turns no name into asterisks', async () => {
  const { architecture } = embedded()
  const cwd = folderWith({
    preset: 'local-spark',
    storage: {
      type: 's3',
      s3: {
        endpoint: `http://127.0.0.1:${port}`,
        access_key: 'minioadmin',
        secret_key: 'lakebench',
        buckets: { bronze: 'minioadmin' },
      },
    },
    architecture: { ...architecture, query_engine: { type: 'none' } },
  })
  const { stdout } = await lakebench(['validate', CONFIG], { cwd })
  expect(stdout).toContain('buckets minioadmin, lakebench-silver, lakebench-gold')
  expect(stdout).not.toContain('***')
  const { config } = JSON.parse((await lakebench(['validate', CONFIG, '--json'], { cwd })).stdout)
  expect(config.platform.storage.s3).toMatchObject({
    access_key: '***',
    secret_key: '***',
    buckets: { bronze: 'minioadmin', silver: 'lakebench-silver' },
  })
})
