import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunClaim } from '../../../../kubernetes/run-claim'

/** The folder in which a driver finds the job files. */
export const JOBS_FOLDER = '/opt/lakebench/jobs'
/** The volume mounted there. */
export const JOBS_VOLUME = 'lakebench-jobs'
/** Environment variable of Spark properties that nobody may read, as JSON; spark-jobs/common.py adds them to the session. */
export const SECRET_CONF = 'LAKEBENCH_SECRET_CONF'

export interface RunFiles {
  readonly jobFiles: string
  readonly secret: string | null
  readonly authorities: string | null
}

export interface RunFileContents {
  readonly jobsFolder: string
  readonly secretEnv: Readonly<Record<string, string>>
  /** PEM certificates. */
  readonly authorities: readonly string[]
}

/** Make the PySpark jobs of this lakebench, and the secrets and authorities of its config, objects of a run. */
export async function createRunFiles(
  claim: RunClaim,
  { jobsFolder, secretEnv, authorities }: RunFileContents,
  signal: AbortSignal,
): Promise<RunFiles> {
  const pems = Object.fromEntries(authorities.map((pem, i) => [`${i}.pem`, pem]))
  const secret = Object.keys(secretEnv).length > 0
  return {
    jobFiles: await claim.createMap('jobs', await readJobs(jobsFolder), signal),
    secret: secret ? await claim.createSecret('secrets', secretEnv, signal) : null,
    authorities: authorities.length > 0 ? await claim.createMap('authorities', pems, signal) : null,
  }
}

async function readJobs(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder))
    .filter(name => name.endsWith('.py') && name !== 'driver.py')
    .sort()
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
  return Object.fromEntries(names.map((name, i) => [name, texts[i]!]))
}
