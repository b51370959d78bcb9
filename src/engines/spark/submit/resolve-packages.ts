import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { localPath } from '../../../shared/local-path'
import { redactorOf, secretVariables } from '../../../shared/redaction'
import { makeScratchFolder } from '../../../shared/scratch-folder'
import { runToEnd } from './driver-process'
import { propertiesText, submitEnvironment } from './driver-settings'
import type { FoundSpark } from './find-spark'

/** Settings by which Spark resolves packages. */
export interface PackageSource {
  /** Spark properties of the user, of which those of `spark.jars` count: repositories, Ivy settings, excludes. */
  readonly conf: Readonly<Record<string, string>>
  /** MAVEN_REPOSITORY, in place of Maven Central, and XDG_CACHE_HOME are read. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Called before jars are fetched, since that can take minutes. */
  readonly onFetch?: ((coordinates: string) => void) | undefined
}

/** Half a gigabyte on a slow line. */
const LONGEST_MS = 30 * 60_000

/**
 * Absolute paths of the jars of Maven packages and of what these need, as `spark-submit` itself resolves `spark.jars.packages`. They
 * are kept in a cache folder a set of packages, which appears whole or not at all, so two runs may fetch at once.
 *
 * @throws PrerequisiteError with Spark's own reason and what to do; the signal's reason when aborted.
 */
export async function resolvePackages(
  packages: readonly string[],
  spark: FoundSpark,
  { conf, env, signal, onFetch }: PackageSource,
): Promise<string[]> {
  const settings = Object.entries(conf).filter(([key]) => key.startsWith('spark.jars.'))
  const repository = env.MAVEN_REPOSITORY || ''
  const identity = JSON.stringify([spark.version, packages, settings, repository])
  const cache = join(
    localPath(env.XDG_CACHE_HOME || '~/.cache', 'XDG_CACHE_HOME'),
    'lakebench/packages',
  )
  const target = join(cache, createHash('sha256').update(identity).digest('hex').slice(0, 16))
  const known = jarsIn(target)
  if (known.length > 0) return known
  signal.throwIfAborted()
  onFetch?.(packages.join(', '))
  const staging = makeStaging(cache)
  try {
    const properties = {
      ...Object.fromEntries(settings),
      'spark.jars.packages': packages.join(','),
      'spark.jars.ivy': staging,
    }
    const files = { conf: join(staging, 'spark.properties'), program: join(staging, 'nothing.py') }
    await writeFile(files.conf, propertiesText(properties), { mode: 0o600 })
    await writeFile(files.program, '')
    const { exit, lines } = await runToEnd(
      {
        command: [
          spark.submit,
          '--master',
          'local[1]',
          '--properties-file',
          files.conf,
          files.program,
        ],
        env: {
          ...submitEnvironment(spark),
          PYSPARK_PYTHON: spark.python,
          ...(repository && { DEFAULT_ARTIFACT_REPOSITORY: repository }),
        },
        folder: staging,
        log: join(staging, 'spark-submit.log'),
        redact: redactorOf(conf, { repository }, secretVariables(env)),
      },
      AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
    )
    if (exit.code !== 0)
      throw new Error(reasonIn(lines) ?? `spark-submit ended with exit code ${exit.code}`)
    // The folder stays with the jars alone: Ivy has a copy of each.
    await rm(join(staging, 'cache'), { recursive: true, force: true })
    await rm(files.conf)
    await rename(staging, target).catch(error => {
      if (jarsIn(target).length === 0) throw error
    })
    return jarsIn(target)
  } catch (cause) {
    signal.throwIfAborted()
    throw new PrerequisiteError(
      `Spark could not fetch ${packages.join(', ')}: ${(cause as Error).message}. Correct platform.compute.spark.packages (group:artifact:version), set MAVEN_REPOSITORY to a repository that has them or spark.jars.ivySettings in platform.compute.spark.conf, or put the jars into a folder and name that in platform.compute.spark.jars.`,
      { cause },
    )
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

function jarsIn(target: string): string[] {
  try {
    const names = readdirSync(join(target, 'jars')).filter(name => name.endsWith('.jar'))
    return names.sort().map(name => join(target, 'jars', name))
  } catch {
    return []
  }
}

/** A folder beside the target, so that the last step is a rename. */
function makeStaging(cache: string): string {
  try {
    mkdirSync(cache, { recursive: true })
    return makeScratchFolder(cache, 'staged-')
  } catch (cause) {
    throw new PrerequisiteError(
      `Cannot keep jars in ${cache} (${(cause as NodeJS.ErrnoException).code}). Make it writable, set XDG_CACHE_HOME to another folder, or put the jars into a folder and name that in platform.compute.spark.jars.`,
      { cause },
    )
  }
}

/** The line of Ivy's report that says most: a server that refuses, else what is not to be had. */
function reasonIn(lines: readonly string[]): string | null {
  for (const pattern of [/Server access error.*/, /Exception in thread "main" [\w.]+: (.*)/]) {
    const found = lines.map(line => pattern.exec(line)).find(match => match !== null)
    if (found) return (found[1] ?? found[0]).trim()
  }
  return lines.at(-1)?.trim() ?? null
}
