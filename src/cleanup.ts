import { checkOptions } from './check-options'
import { type LakebenchConfigInput, loadConfig } from './config/load'
import { PrerequisiteError } from './contracts/errors'
import type { Swept } from './kubernetes/run-claim'

export type { Swept }

export interface CleanupOptions {
  /** This run only, whether its process lives or not; else all runs whose process is gone. */
  readonly run?: string
  readonly signal?: AbortSignal
}

/**
 * Remove what runs left in the cluster that a config names: applications, jobs, pods, claims, config maps, secrets, leases. Runs
 * that live stay, unless one is named. Data in the store is not touched.
 *
 * @returns for each run that was found, what was removed
 * @throws PrerequisiteError where the cluster is not reached, a right is missing, or objects do not go
 */
export async function cleanup(
  config?: LakebenchConfigInput | string,
  options: CleanupOptions = {},
): Promise<readonly Swept[]> {
  checkOptions(options, { run: 'text', signal: 'signal' }, 'cleanup')
  const resolved = await loadConfig(config)
  if (resolved.platform.compute.spark.runner !== 'kubernetes')
    throw new PrerequisiteError(
      'There is nothing to clean up: this config runs nothing on Kubernetes (platform.compute.spark.runner).',
    )
  const [{ holder, openCluster }, { explainKubeError }, { removeRun, sweep }] = await Promise.all([
    import('./kubernetes-cluster'),
    import('./kubernetes/kube-error'),
    import('./kubernetes/run-claim'),
  ])
  const signal = options.signal ?? new AbortController().signal
  const api = await openCluster(resolved)
  try {
    if (options.run === undefined) return await sweep(api, { holder: holder(), signal })
    const removed = await removeRun(api, options.run, signal)
    return removed.length === 0 ? [] : [{ run_id: options.run, removed }]
  } catch (error) {
    signal.throwIfAborted()
    throw explainKubeError(error, 'remove what runs left', api.server)
  }
}
