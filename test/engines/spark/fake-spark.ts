import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FoundSpark } from '../../../src/engines/spark/submit/find-spark'

/** Writes a file with the folders above it; executable where said. */
export function put(path: string, content = '', mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

export const program = (path: string, script: string): string =>
  put(path, `#!/bin/sh\n${script}\n`, 0o755)

/** A folder that looks like a Spark, empty jars and all. */
export function sparkHome(
  home: string,
  { version = '4.1.4', scala = '2.13', hadoop = '3.4.2' as string | null } = {},
) {
  program(join(home, 'bin/spark-submit'), 'exit 0')
  put(join(home, `jars/spark-core_${scala}-${version}.jar`))
  put(join(home, `jars/scala-library-${scala}.17.jar`))
  if (hadoop !== null) put(join(home, `jars/hadoop-client-api-${hadoop}.jar`))
  return home
}

export const javaHome = (home: string, version: string): string => {
  program(join(home, 'bin/java'), `echo 'openjdk version "${version}" 2025-04-15' >&2`)
  return home
}

/** What findSpark would say of such a folder. */
export function foundSpark(
  home: string,
  { version = '4.1.4', scala = '2.13', hadoop = '3.4.2' } = {},
): FoundSpark {
  sparkHome(home, { version, scala, hadoop })
  const java = { home: '/java', version: 17 }
  return {
    submit: join(home, 'bin/spark-submit'),
    home,
    version,
    scala,
    hadoop,
    python: 'python3',
    java,
  }
}
