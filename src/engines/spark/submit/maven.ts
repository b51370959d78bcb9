import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { PrerequisiteError } from '../../../contracts/errors'
import { redactor } from '../../../contracts/secrets'
import type { Coordinates } from './coordinates'
import { endSession } from './process-group'

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
/** Half a gigabyte on a slow line. */
const LONGEST_MS = 30 * 60_000

/** Has Maven copy one jar into a folder, with the mirrors, proxies and credentials of this user's settings. */
export async function copyByMaven(
  mvn: string,
  { group, artifact, version }: Coordinates,
  folder: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<void> {
  const coordinates = `${group}:${artifact}:${version}`
  // -U: what was missing once may be there now.
  const child = spawn(
    mvn,
    ['-B', '-q', '-U', COPY, `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`],
    {
      // Where no pom.xml can change what is meant.
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-64_000)
    })
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const stop = () => void (child.pid === undefined || endSession(child.pid))
  const timer = setTimeout(stop, LONGEST_MS)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const code = await ended
    signal.throwIfAborted()
    if (code !== 0) throw new Error(code === null ? 'it was ended' : `exit code ${code}`)
  } catch (cause) {
    signal.throwIfAborted()
    // The first line says it; those after it tell how to debug Maven.
    const lines = stripVTControlCharacters(output).split('\n')
    const said = redactor([])(lines.find(line => /^\[ERROR\] \S/.test(line)) ?? '')
    throw new PrerequisiteError(
      `Maven (${mvn}) could not fetch ${coordinates}: ${(cause as Error).message}. Correct platform.compute.spark.packages or Maven's settings, set MAVEN_REPOSITORY to a repository that has it, or put the jar into a folder and name that in platform.compute.spark.jars.${said && `\n${said}`}`,
      { cause },
    )
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
