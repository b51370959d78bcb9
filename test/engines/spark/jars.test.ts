import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { defaultPackages, sparkJars } from '../../../src/engines/spark/submit/jars'
import { tempDir } from '../../support/fake-parts'
import { foundSpark, program, put } from './fake-spark'

const root = tempDir()
const dir = () => mkdtempSync(join(root, 'case-'))
const signal = new AbortController().signal
const none = { conf: {}, env: {}, signal }
const ICEBERG = 'iceberg-spark-runtime-4.1_2.13-1.12.0.jar'

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
  const paths = await sparkJars({ ...options, ...none })
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
  const jars = sparkJars({ jars: join(folder, 'jars'), packages: null, spark, s3, ...none })
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
  const options = { jars: join(folder, 'jars'), packages: null, spark, s3: true, ...none }
  expect(await sparkJars(options)).toEqual([])
  expect(defaultPackages(spark, true)).toEqual([])
})

test.each([
  ['3.5.9', '2.12', '3.3.4', '3.5_2.12:1.12.0'],
  ['3.5.9', '2.13', '3.3.4', '3.5_2.13:1.11.0'],
  ['4.0.1', '2.13', '3.4.1', '4.0_2.13:1.11.0'],
  ['4.1.4', '2.13', '3.4.2', '4.1_2.13:1.12.0'],
])('Spark %s with Scala %s and Hadoop %s has its packages', (version, scala, hadoop, iceberg) => {
  const spark = foundSpark(dir(), { version, scala, hadoop })
  const runtime = `org.apache.iceberg:iceberg-spark-runtime-${iceberg}`
  expect(defaultPackages(spark, false)).toEqual([runtime])
  expect(defaultPackages(spark, true)).toEqual([runtime, `org.apache.hadoop:hadoop-aws:${hadoop}`])
})

test('a Spark without jars is told which Sparks have them', () => {
  const spark = foundSpark(dir(), { version: '4.3.0' })
  expect(() => defaultPackages(spark, false)).toThrow(
    /no Iceberg jar for Spark 4\.3\.0 with Scala 2\.13 .*4\.1 \(Scala 2\.13\)/,
  )
})

/** What a Spark resolves whose spark-submit is `script`; `$4` is its properties file, which lies in the folder for Ivy. */
function resolved(
  folder: string,
  script: string,
  more: Partial<Parameters<typeof sparkJars>[0]> = {},
): Promise<string[]> {
  const spark = foundSpark(join(folder, 'spark'))
  program(spark.submit, `cd "$(dirname "$4")"; ${script}`)
  return sparkJars({
    jars: '',
    packages: ['org.example:thing:1.0', 'org.example:other:2.0'],
    spark,
    s3: false,
    ...none,
    ...more,
    env: { XDG_CACHE_HOME: join(folder, 'cache'), ...more.env },
  })
}

const JARS = `mkdir -p jars cache; touch jars/org.example_a-1.jar jars/org.apache.iceberg_${ICEBERG} cache/copy.jar`

/** Everything below the cache. */
const cached = (folder: string): string[] =>
  readdirSync(join(folder, 'cache/lakebench/packages'), { recursive: true, encoding: 'utf8' })

test('packages are what spark-submit resolves them to, once, Iceberg first', async () => {
  const folder = dir()
  const fetched: string[] = []
  const more = {
    conf: { 'spark.jars.ivySettings': '/my/ivy.xml', 'spark.executor.cores': '7' },
    env: { MAVEN_REPOSITORY: 'https://maven.example/m2' },
    onFetch: (what: string) => fetched.push(what),
  }
  const script = `${JARS}; cp "$4" "${folder}/told"; echo "$DEFAULT_ARTIFACT_REPOSITORY" >"${folder}/repository"`
  const both = await Promise.all([resolved(folder, script, more), resolved(folder, script, more)])
  expect(both[0]).toEqual(both[1])
  expect(both[0].map(path => basename(path))).toEqual([
    `org.apache.iceberg_${ICEBERG}`,
    'org.example_a-1.jar',
  ])
  expect(both[0].every(existsSync)).toBe(true)
  const told = readFileSync(join(folder, 'told'), 'utf8')
  expect(told).toContain(
    'spark.jars.packages=org.example\\:thing\\:1.0,org.example\\:other\\:2.0\n',
  )
  expect(told).toContain('spark.jars.ivySettings=/my/ivy.xml\n')
  expect(told).not.toContain('executor')
  expect(readFileSync(join(folder, 'repository'), 'utf8')).toBe('https://maven.example/m2\n')
  expect(cached(folder).filter(name => /staged|copy|properties/.test(name))).toEqual([])
  expect(await resolved(folder, 'exit 1', more)).toEqual(both[0])
  expect(fetched).toHaveLength(2)
  await expect(resolved(folder, 'exit 1')).rejects.toThrow('exit code 1')
})

test.each([
  [
    'echo "\tServer access error at url http://me:s3cret@repo.example/x.pom (java.net.ConnectException: Connection refused)"',
    'Server access error at url http://***@repo.example/x.pom (java.net.ConnectException: Connection refused).',
  ],
  [
    'echo \'Exception in thread "main" java.lang.RuntimeException: [unresolved dependency: org.example#thing;1.0: not found]\' >&2',
    '[unresolved dependency: org.example#thing;1.0: not found].',
  ],
  ['true', 'spark-submit ended with exit code 1.'],
])(
  'what Spark says of packages that it does not get is in the error: %s',
  async (script, cause) => {
    const folder = dir()
    const jars = resolved(folder, `${script}; mkdir jars; touch jars/half.jar; exit 1`)
    await expect(jars).rejects.toThrow(PrerequisiteError)
    await expect(jars).rejects.toThrow(
      `Spark could not fetch org.example:thing:1.0, org.example:other:2.0: ${cause} Correct platform.compute.spark.packages`,
    )
    expect(cached(folder)).toEqual([])
  },
)

test('a package of another Spark is refused by name', async () => {
  const script =
    'mkdir jars; touch jars/org.apache.iceberg_iceberg-spark-runtime-3.5_2.12-1.12.0.jar'
  await expect(resolved(dir(), script)).rejects.toThrow('is for Spark 3.5 with Scala 2.12')
})

test('aborting ends spark-submit and what it started, and leaves nothing', async () => {
  const folder = dir()
  const stop = new AbortController()
  const mark = join(folder, 'started')
  const running = resolved(
    folder,
    `sleep 600 & echo $! >'${mark}.tmp'; mv '${mark}.tmp' '${mark}'; wait`,
    { signal: stop.signal },
  )
  const ended = expect(running).rejects.toThrow('enough')
  await expect.poll(() => existsSync(mark)).toBe(true)
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
