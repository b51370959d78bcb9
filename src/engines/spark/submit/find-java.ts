import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { answerOf, isExecutable, programOnPath } from './programs'

export interface FoundJava {
  /** A folder with `bin/java`. */
  readonly home: string
  /** e.g. 17. */
  readonly version: number
}

/** The versions of Java that a Spark runs on. */
const FITTING: readonly {
  readonly spark: RegExp
  readonly fits: (java: number) => boolean
  readonly text: string
}[] = [
  { spark: /^3\./, fits: java => [8, 11, 17].includes(java), text: 'Java 8, 11 or 17' },
  { spark: /^/, fits: java => java >= 17, text: 'Java 17 or later' },
]

/**
 * The first Java of JAVA_HOME and PATH that this Spark runs on.
 *
 * @throws PrerequisiteError saying what was found where instead.
 */
export async function findJava(spark: string, env: NodeJS.ProcessEnv): Promise<FoundJava> {
  const { fits, text } = FITTING.find(entry => entry.spark.test(spark))!
  const seen: string[] = []
  for (const [where, java] of places(env)) {
    if (java === null || !isExecutable(java)) {
      seen.push(`${where} has none`)
      continue
    }
    const answer = await answerOf(java, ['-version'], env)
    const version = versionOf(answer.stderr + answer.stdout)
    if (version !== null && fits(version))
      return { home: dirname(dirname(realpathSync(java))), version }
    seen.push(
      version === null
        ? `${where} (${java}) does not say its version (${answer.problem ?? 'unknown output'})`
        : `${where} (${java}) is Java ${version}`,
    )
  }
  throw new PrerequisiteError(
    `Spark ${spark} needs ${text}; ${seen.join(', ')}. Install a fitting JDK or JRE (e.g. openjdk-17-jre-headless) and set JAVA_HOME to its folder.`,
  )
}

function places(env: NodeJS.ProcessEnv): [string, string | null][] {
  const home = env.JAVA_HOME
  return [
    [home ? 'JAVA_HOME' : 'JAVA_HOME (not set)', home ? join(home, 'bin', 'java') : null],
    ['PATH', programOnPath('java', env)],
  ]
}

/** `17.0.15` is 17, `1.8.0_402` is 8. */
function versionOf(text: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(text)
  return match ? Number(match[1]) : null
}
