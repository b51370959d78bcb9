import { readdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { localPath } from '../../../shared/local-path'
import { type FoundJava, findJava } from './find-java'
import { answerOf, isExecutable, isFile, programOnPath } from './programs'

/** A Spark on this machine and what it runs with. Paths are absolute. */
export interface FoundSpark {
  readonly submit: string
  readonly home: string
  /** e.g. `4.1.4`, `2.13`, `3.4.2`: from the names of its jars. */
  readonly version: string
  readonly scala: string
  readonly hadoop: string
  /** Interpreter for the driver and its workers. */
  readonly python: string
  readonly java: FoundJava
}

export interface FindSparkOptions {
  /** Configured folder; empty: look for it. */
  readonly home: string
  readonly env: NodeJS.ProcessEnv
}

const HOW_TO_GET =
  'Install one with `pip install pyspark==4.1.4`, or unpack a Spark distribution and set platform.compute.spark.home or SPARK_HOME to its folder.'

/**
 * The configured home, SPARK_HOME, `spark-submit` on PATH, then the pyspark of the Python that PYSPARK_PYTHON or `python3`
 * names. A place that was named but holds no Spark is an error: another one would be a surprise.
 *
 * @throws PrerequisiteError saying what was looked for where, and how to get it.
 */
export async function findSpark({ home, env }: FindSparkOptions): Promise<FoundSpark> {
  const place = (await named(home, env)) ?? (await onPath(env)) ?? (await installedByPip(env))
  if (typeof place === 'string') {
    throw new PrerequisiteError(
      `Found no Spark: platform.compute.spark.home and SPARK_HOME are not set, there is no usable spark-submit on PATH, and ${place}. ${HOW_TO_GET}`,
    )
  }
  const jars = readJarNames(place.home)
  const [, scala, version] = jars.core
  const java = await findJava(version!, env)
  return {
    submit: join(place.home, 'bin', 'spark-submit'),
    home: place.home,
    version: version!,
    scala: scala!,
    hadoop: jars.hadoop,
    python: place.python ?? (await pythonFor(env, place.home)),
    java,
  }
}

interface Place {
  readonly home: string
  /** The interpreter that has it, where pyspark itself said so. */
  readonly python: string | null
}

async function named(configured: string, env: NodeJS.ProcessEnv): Promise<Place | null> {
  const [value, by] = configured
    ? [configured, 'platform.compute.spark.home']
    : [env.SPARK_HOME, 'SPARK_HOME']
  if (!value) return null
  const home = resolve(localPath(value, by))
  if (!isHome(home)) {
    throw new PrerequisiteError(
      `${by} is ${home}, but that folder is no Spark: it needs bin/spark-submit and jars/spark-core_*.jar. Correct it, or leave it empty to have Spark looked for. ${HOW_TO_GET}`,
    )
  }
  return { home, python: null }
}

async function onPath(env: NodeJS.ProcessEnv): Promise<Place | null> {
  const submit = programOnPath('spark-submit', env)
  if (submit === null) return null
  const home = dirname(dirname(realpathSync(submit)))
  if (isHome(home)) return { home, python: null }
  // pip puts a copy beside its Python, far from the jars.
  const python = ['python3', 'python'].map(name => join(dirname(submit), name)).find(isExecutable)
  const place = python === undefined ? null : await pysparkOf(python, env)
  return place !== null && typeof place === 'object' ? place : null
}

/** A sentence instead of a place when there is none. */
async function installedByPip(env: NodeJS.ProcessEnv): Promise<Place | string> {
  const name = env.PYSPARK_PYTHON || 'python3'
  const python = programOnPath(name, env)
  if (python === null)
    return `${env.PYSPARK_PYTHON ? `PYSPARK_PYTHON (${name})` : name} is not on PATH`
  return pysparkOf(python, env)
}

/** Asks without importing it, which would take a second. */
const ASK_PYSPARK = `
import importlib.util, json, sys
spec = importlib.util.find_spec("pyspark")
folders = list(spec.submodule_search_locations or []) if spec else []
print(json.dumps({"python": sys.executable, "home": folders[0] if folders else None}))
`

async function pysparkOf(python: string, env: NodeJS.ProcessEnv): Promise<Place | string> {
  const answer = await answerOf(python, ['-c', ASK_PYSPARK], env)
  const found = parse(answer.stdout)
  if (found === null) return `${python} does not run (${answer.problem ?? 'it gave no answer'})`
  if (found.home === null) return `${found.python} has no pyspark`
  if (!isHome(found.home))
    return `the pyspark of ${found.python} (${found.home}) is a client without Spark's own jars`
  return { home: found.home, python: found.python }
}

function parse(text: string): { python: string; home: string | null } | null {
  try {
    return JSON.parse(text) as { python: string; home: string | null }
  } catch {
    return null
  }
}

/** The interpreter for a Spark that is not Python's own: it brings its own pyspark, so any will do. */
async function pythonFor(env: NodeJS.ProcessEnv, home: string): Promise<string> {
  const name = env.PYSPARK_PYTHON || 'python3'
  const python = programOnPath(name, env)
  if (python !== null) return python
  throw new PrerequisiteError(
    `Found Spark in ${home}, but its jobs are Python programs and ${env.PYSPARK_PYTHON ? `PYSPARK_PYTHON (${name})` : name} is not on PATH. Install Python 3.9 or later, or set PYSPARK_PYTHON to it.`,
  )
}

const CORE = /^spark-core_(\d+\.\d+)-(\d+\.\d+\.\d+[^/]*)\.jar$/
const HADOOP = /^hadoop-(?:client-api|common)-(\d+\.\d+\.\d+[^/]*)\.jar$/

function readJarNames(home: string): { core: RegExpExecArray; hadoop: string } {
  const names = jarNames(home)
  const core = first(names, CORE)!
  const hadoop = first(names, HADOOP)
  if (hadoop !== null) return { core, hadoop: hadoop[1]! }
  throw new PrerequisiteError(
    `The Spark in ${home} has no Hadoop client (jars/hadoop-client-api-*.jar): it is a build "without Hadoop". Use a distribution that includes it. ${HOW_TO_GET}`,
  )
}

/** Names in the `jars` folder of a Spark; empty where there is none. */
export function jarNames(home: string): readonly string[] {
  try {
    return readdirSync(join(home, 'jars')).sort()
  } catch {
    return []
  }
}

function first(names: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (const name of names) {
    const match = pattern.exec(name)
    if (match) return match
  }
  return null
}

const isHome = (folder: string): boolean =>
  isFile(join(folder, 'bin', 'spark-submit')) && first(jarNames(folder), CORE) !== null
