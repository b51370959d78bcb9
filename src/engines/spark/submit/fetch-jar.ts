import { mkdirSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { localPath } from '../../../shared/local-path'
import { makeScratchFolder } from '../../../shared/scratch-folder'
import { jarName, parseCoordinates } from './coordinates'
import { downloadJar } from './download-jar'
import { copyByMaven } from './maven'
import { programOnPath } from './programs'

/** Where jars come from and go to. */
export interface JarSource {
  /** PATH, MAVEN_REPOSITORY and XDG_CACHE_HOME are read. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Said before a fetch begins, since it can take minutes. */
  readonly onFetch?: (coordinates: string) => void
}

const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2'

/**
 * Path of a jar in the cache, fetched there if need be: from MAVEN_REPOSITORY where that is set, else by `mvn` where that is on
 * PATH (it knows this user's mirror), else from Maven Central. It appears whole or not at all, so two runs may fetch at once.
 *
 * @throws PrerequisiteError naming the package, the repository and what to do; the signal's reason when aborted.
 */
export async function fetchJar(
  coordinates: string,
  { env, signal, onFetch }: JarSource,
): Promise<string> {
  const wanted = parseCoordinates(coordinates)
  const name = jarName(wanted)
  const cache = join(
    localPath(env.XDG_CACHE_HOME || '~/.cache', 'XDG_CACHE_HOME'),
    'lakebench',
    'jars',
  )
  const target = join(cache, wanted.group, name)
  if (isThere(target)) return target
  signal.throwIfAborted()
  onFetch?.(coordinates)
  const staging = makeStaging(join(cache, wanted.group))
  try {
    const mvn = env.MAVEN_REPOSITORY ? null : programOnPath('mvn', env)
    if (mvn !== null) await copyByMaven(mvn, wanted, staging, { env, signal })
    else
      await downloadJar(env.MAVEN_REPOSITORY || MAVEN_CENTRAL, wanted, join(staging, name), signal)
    await rename(join(staging, name), target)
    return target
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path).size > 0
  } catch {
    return false
  }
}

/** A folder beside the target, so that the last step is a rename. */
function makeStaging(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true })
    return makeScratchFolder(folder, 'staged-')
  } catch (cause) {
    throw new PrerequisiteError(
      `Cannot keep jars in ${folder} (${(cause as NodeJS.ErrnoException).code}). Make it writable, set XDG_CACHE_HOME to another folder, or put the jars into a folder and name that in platform.compute.spark.jars.`,
      { cause },
    )
  }
}
