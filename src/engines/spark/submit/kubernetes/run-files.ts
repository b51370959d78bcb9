import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeApi } from '../../../../kubernetes/kube-api'
import { labelsOf, ownedBy } from '../../../../kubernetes/labels'
import type { KubeObject } from '../../../../kubernetes/objects'

/** The folder in which a driver finds the job files. */
export const JOBS_FOLDER = '/opt/lakebench/jobs'
/** The volume mounted there. */
export const JOBS_VOLUME = 'lakebench-jobs'
/** Environment variable of Spark properties that nobody may read, as JSON; spark-jobs/common.py adds them to the session. */
export const SECRET_CONF = 'LAKEBENCH_SECRET_CONF'

interface ConfigMap extends KubeObject {
  readonly data: Readonly<Record<string, string>>
}
interface Secret extends KubeObject {
  readonly type: 'Opaque'
  readonly stringData: Readonly<Record<string, string>>
}

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

/** The PySpark jobs of this lakebench, and the secrets and authorities of its config, as objects that a run owns. */
export async function createRunFiles(
  api: KubeApi,
  run: { readonly runId: string; readonly owner: KubeObject; readonly signal: AbortSignal },
  from: RunFileContents,
): Promise<RunFiles> {
  const { runId, owner, signal } = run
  const meta = (component: string) => ({
    name: `lakebench-${runId}-${component}`,
    labels: labelsOf(runId, component),
    ...ownedBy(owner),
  })
  const createMap = async (component: string, data: ConfigMap['data']) => {
    const map: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(component), data }
    await api.create(api.in('api/v1', 'configmaps'), map, signal)
    return map.metadata.name
  }
  const createSecret = async (component: string, stringData: Secret['stringData']) => {
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: meta(component),
      stringData,
    }
    await api.create(api.in('api/v1', 'secrets'), secret, signal)
    return secret.metadata.name
  }
  const pems = Object.fromEntries(from.authorities.map((pem, i) => [`${i}.pem`, pem]))
  return {
    jobFiles: await createMap('jobs', await readJobs(from.jobsFolder)),
    secret:
      Object.keys(from.secretEnv).length === 0
        ? null
        : await createSecret('secrets', from.secretEnv),
    authorities: from.authorities.length === 0 ? null : await createMap('authorities', pems),
  }
}

async function readJobs(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder))
    .filter(name => name.endsWith('.py') && name !== 'driver.py')
    .sort()
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
  return Object.fromEntries(names.map((name, i) => [name, texts[i]!]))
}
