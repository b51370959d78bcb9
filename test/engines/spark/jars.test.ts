import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { defaultPackages, sparkJars } from '../../../src/engines/spark/submit/jars'
import { tempDir } from '../../support/fake-parts'
import { foundSpark, program, put } from './fake-spark'

const root = tempDir()
const dir = () => mkdtempSync(join(root, 'case-'))
const signal = new AbortController().signal
const ICEBERG = 'iceberg-spark-runtime-4.1_2.13-1.12.0.jar'
const JAR = Buffer.from('not really a jar, but whole\n'.repeat(1000))
const SHA1 = createHash('sha1').update(JAR).digest('hex')
const PATH = '/org/example/thing/1.0/thing-1.0.jar'

type Answer = (response: ServerResponse, request: { url: string; authorization?: string }) => void

/** A Maven repository on loopback; `answers` by path, 404 elsewhere. Counts requests by path. */
async function repository(
  answers: Record<string, Answer>,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = request.url!
    asked.push(url)
    const answer = answers[url] ?? (r => r.writeHead(404).end('no such file'))
    answer(response, { url, authorization: request.headers.authorization })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const send =
  (body: Buffer | string): Answer =>
  response =>
    response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body)

/** One package from a repository, into a cache of its own. */
function get(
  url: string,
  folder: string,
  more: { signal?: AbortSignal; packages?: string[] } = {},
) {
  return sparkJars({
    jars: '',
    packages: more.packages ?? ['org.example:thing:1.0'],
    spark: foundSpark(join(folder, 'spark')),
    s3: false,
    env: { MAVEN_REPOSITORY: url, XDG_CACHE_HOME: join(folder, 'cache'), PATH: '' },
    signal: more.signal ?? signal,
  })
}

/** Everything below the cache that is a file. */
const cached = (folder: string): string[] =>
  readdirSync(join(folder, 'cache'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() || entry.name.startsWith('staged-'))
    .map(entry => entry.name)

test('a folder gives all its jars, Iceberg first', async () => {
  const folder = dir()
  for (const name of ['a.jar', 'hadoop-aws-3.4.2.jar', ICEBERG, 'notes.txt'])
    put(join(folder, 'jars', name))
  const options = {
    jars: join(folder, 'jars'),
    packages: null,
    spark: foundSpark(join(folder, 'spark')),
    s3: true,
  }
  const paths = await sparkJars({ ...options, env: {}, signal })
  expect(paths).toEqual(
    [ICEBERG, 'a.jar', 'hadoop-aws-3.4.2.jar'].map(name => join(folder, 'jars', name)),
  )
})

test.each([
  ['no such folder', [], false, 'no folder that can be read'],
  ['no Iceberg', ['a.jar'], false, 'lacks iceberg-spark-runtime-4.1_2.13-*.jar'],
  ['no hadoop-aws', [ICEBERG], true, 'lacks hadoop-aws-3.4.2*.jar'],
  [
    'another Spark',
    ['iceberg-spark-runtime-3.5_2.12-1.12.0.jar'],
    false,
    'is for Spark 3.5 with Scala 2.12',
  ],
  ['two of it', [ICEBERG, 'iceberg-spark-runtime-4.1_2.13-1.11.0.jar'], false, 'has Iceberg twice'],
])('a folder with %s is refused by name', async (_, names, s3, message) => {
  const folder = dir()
  for (const name of names) put(join(folder, 'jars', name))
  const spark = foundSpark(join(folder, 'spark'))
  const jars = sparkJars({ jars: join(folder, 'jars'), packages: null, spark, s3, env: {}, signal })
  await expect(jars).rejects.toThrow(PrerequisiteError)
  await expect(jars).rejects.toThrow(message)
  await expect(jars).rejects.toThrow(join(folder, 'jars'))
})

test('what Spark brings itself need not be in the folder', async () => {
  const folder = dir()
  const spark = foundSpark(join(folder, 'spark'))
  put(join(spark.home, 'jars', ICEBERG))
  put(join(spark.home, 'jars/hadoop-aws-3.4.2.jar'))
  mkdirSync(join(folder, 'jars'))
  const options = { jars: join(folder, 'jars'), packages: null, spark, s3: true, env: {}, signal }
  expect(await sparkJars(options)).toEqual([])
  expect(defaultPackages(spark, true)).toEqual([])
})

test.each([
  ['3.5.9', '2.12', '3.3.4', '3.5_2.12:1.12.0', 'com.amazonaws:aws-java-sdk-bundle:1.12.262'],
  ['3.5.9', '2.13', '3.3.4', '3.5_2.13:1.11.0', 'com.amazonaws:aws-java-sdk-bundle:1.12.262'],
  ['4.0.1', '2.13', '3.4.1', '4.0_2.13:1.11.0', 'software.amazon.awssdk:bundle:2.29.52'],
  ['4.1.4', '2.13', '3.4.2', '4.1_2.13:1.12.0', 'software.amazon.awssdk:bundle:2.29.52'],
])(
  'Spark %s with Scala %s and Hadoop %s has its packages',
  (version, scala, hadoop, iceberg, sdk) => {
    const spark = foundSpark(dir(), { version, scala, hadoop })
    const runtime = `org.apache.iceberg:iceberg-spark-runtime-${iceberg}`
    expect(defaultPackages(spark, false)).toEqual([runtime])
    expect(defaultPackages(spark, true)).toEqual([
      runtime,
      `org.apache.hadoop:hadoop-aws:${hadoop}`,
      sdk,
    ])
  },
)

test('a Spark without jars is told which Sparks have them', () => {
  const spark = foundSpark(dir(), { version: '4.3.0' })
  expect(() => defaultPackages(spark, false)).toThrow(
    /no Iceberg jar for Spark 4\.3\.0 with Scala 2\.13 .*4\.1 \(Scala 2\.13\)/,
  )
  const hadoop = foundSpark(dir(), { hadoop: '3.2.0' })
  expect(() => defaultPackages(hadoop, true)).toThrow('Which AWS SDK belongs to Hadoop 3.2.0')
})

test.each(['thing', 'a:b:c:d', 'a:b:', '../x:y:1.0', 'a:b/c:1'])(
  '`%s` is no package',
  async coordinates => {
    await expect(get('http://127.0.0.1:9', dir(), { packages: [coordinates] })).rejects.toThrow(
      `\`${coordinates}\` is no Maven package`,
    )
  },
)

test('a jar is fetched once, also by two runs at once, with the credentials of the address', async () => {
  const folder = dir()
  const seen = new Set<string | undefined>()
  const { url, asked } = await repository({
    [`/maven2${PATH}`]: (response, { authorization }) => {
      seen.add(authorization)
      send(JAR)(response, { url: '' })
    },
    [`/maven2${PATH}.sha1`]: send(`${SHA1.toUpperCase()}  thing-1.0.jar\n`),
  })
  const address = `${url.replace('//', '//me:p%40ss@')}/maven2/`
  const both = await Promise.all([get(address, folder), get(address, folder)])
  expect(both[0]).toEqual(both[1])
  expect(readFileSync(both[0][0]!)).toEqual(JAR)
  expect(cached(folder)).toEqual(['thing-1.0.jar'])
  expect([...seen]).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`])
  const before = asked.length
  expect(await get(address, folder)).toEqual(both[0])
  expect(asked).toHaveLength(before)
})

test('a cut body and a busy server are tried again', async () => {
  const folder = dir()
  let loads = 0
  const { url } = await repository({
    [PATH]: (response, request) => {
      loads++
      if (loads === 1) return response.writeHead(503).end()
      if (loads === 3) return send(JAR)(response, request)
      response.writeHead(200, { 'content-length': JAR.length })
      response.write(JAR.subarray(0, 5000), () => response.destroy())
    },
    [`${PATH}.sha1`]: send(SHA1),
  })
  const [path] = await get(url, folder)
  expect(readFileSync(path!)).toEqual(JAR)
  expect(loads).toBe(3)
})

test.each<[string, Record<string, Answer>, RegExp]>([
  ['is not there', {}, /the server answers 404/],
  ['has no checksum', { [PATH]: send(JAR) }, /\.jar: the server answers 404/],
  [
    'has an odd checksum',
    { [PATH]: send(JAR), [`${PATH}.sha1`]: send('<html>') },
    /its \.sha1 is no checksum/,
  ],
  [
    'does not match its checksum',
    { [PATH]: send('something else'), [`${PATH}.sha1`]: send(SHA1) },
    /does not match its checksum \(SHA-1 [0-9a-f]{40}, should be [0-9a-f]{40}\)/,
  ],
])('a jar that %s is an error, and nothing half stays', async (_, answers, message) => {
  const folder = dir()
  const { url } = await repository(answers)
  const jars = get(url.replace('//', '//me:s3cret@'), folder)
  await expect(jars).rejects.toThrow(PrerequisiteError)
  await expect(jars).rejects.toThrow(message)
  await expect(jars).rejects.toThrow(`Could not fetch org.example:thing:1.0 from ${url}${PATH}`)
  await expect(jars).rejects.not.toThrow('s3cret')
  expect(cached(folder)).toEqual([])
})

test('a server that is not there is named with the reason', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const message = new RegExp(`127\\.0\\.0\\.1:${port}/.*ECONNREFUSED`)
  await expect(get(`http://127.0.0.1:${port}`, dir())).rejects.toThrow(message)
})

test('aborting ends a download at once and leaves nothing', async () => {
  const folder = dir()
  const stop = new AbortController()
  const { url } = await repository({
    [PATH]: response => {
      response.writeHead(200, { 'content-length': JAR.length }).write(JAR.subarray(0, 100))
      stop.abort(new Error('enough'))
    },
    [`${PATH}.sha1`]: send(SHA1),
  })
  await expect(get(url, folder, { signal: stop.signal })).rejects.toThrow('enough')
  expect(cached(folder)).toEqual([])
})

/** A Maven that writes what it is asked for, or not. */
function byMaven(folder: string, script: string, stop = signal) {
  program(join(folder, 'bin/mvn'), script)
  const env = {
    XDG_CACHE_HOME: join(folder, 'cache'),
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  }
  const spark = foundSpark(join(folder, 'spark'))
  return sparkJars({
    jars: '',
    packages: ['org.example:thing:1.0'],
    spark,
    s3: false,
    env,
    signal: stop,
  })
}

test('Maven is asked where it is on PATH', async () => {
  const folder = dir()
  const [path] = await byMaven(folder, 'echo "$*" >"$(echo "$6" | cut -d= -f2)/thing-1.0.jar"')
  expect(readFileSync(path!, 'utf8')).toContain(':copy -Dartifact=org.example:thing:1.0')
  expect(cached(folder)).toEqual(['thing-1.0.jar'])
})

test("Maven's own words are in the error when it fails", async () => {
  const folder = dir()
  const failing = byMaven(
    folder,
    'echo "[ERROR] Could not transfer from https://me:pass@repo.example/"; exit 1',
  )
  await expect(failing).rejects.toThrow(
    /could not fetch org\.example:thing:1\.0: exit code 1\..*\n\[ERROR\] Could not transfer/,
  )
  await expect(failing).rejects.not.toThrow('me:pass')
})

test('aborting ends Maven and what it started', async () => {
  const folder = dir()
  const stop = new AbortController()
  const mark = join(folder, 'started')
  const running = byMaven(
    folder,
    `sleep 600 & echo $! >'${mark}.tmp'; mv '${mark}.tmp' '${mark}'; wait`,
    stop.signal,
  )
  const ended = expect(running).rejects.toThrow('enough')
  while (!existsSync(mark)) await new Promise(resolve => setTimeout(resolve, 10))
  stop.abort(new Error('enough'))
  await ended
  const pid = Number(readFileSync(mark, 'utf8'))
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(cached(folder)).toEqual([])
})

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a redirect elsewhere does not get the credentials of MAVEN_REPOSITORY', async () => {
  const seen: (string | undefined)[] = []
  const noted =
    (answer: Answer): Answer =>
    (response, request) => {
      seen.push(request.authorization)
      answer(response, request)
    }
  const elsewhere = await repository({
    [PATH]: noted(send(JAR)),
    [`${PATH}.sha1`]: noted(send(SHA1)),
  })
  const there: Answer = (response, { url }) =>
    response.writeHead(302, { location: elsewhere.url + url }).end()
  const { url } = await repository({ [PATH]: there, [`${PATH}.sha1`]: there })
  await get(url.replace('//', '//user:secret@'), dir())
  expect(seen).toEqual([undefined, undefined])
})

test('a checksum without an end is told with the limit', async () => {
  const endless: Answer = response => {
    const more = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  }
  const { url } = await repository({ [PATH]: send(JAR), [`${PATH}.sha1`]: endless })
  await expect(get(url, dir())).rejects.toThrow(
    /the answer is longer than 4096 bytes, the most that is read/,
  )
})
