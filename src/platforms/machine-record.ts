import { existsSync } from 'node:fs'
import { cpus, type as osType, release, totalmem, version } from 'node:os'
import { machineLimits } from '../shared/machine-limits'
import { packageVersion } from '../shared/package-root'

/** This machine, for the record of a run. Unknown is `null`. */
export function machineRecord(): Record<string, unknown> {
  const { cores, machine_cores, memory, cpu_quota, memory_limit } = machineLimits()
  return {
    lakebench_version: packageVersion(),
    node_version: process.version,
    os: `${osType()} ${release()}`,
    kernel: version(),
    architecture: process.arch,
    cpu_model: cpus()[0]?.model ?? null,
    cores,
    machine_cores,
    memory_bytes: totalmem(),
    memory_limit_bytes: memory,
    container: { kind: containerKind(), cpu_limit: cpu_quota, memory_limit_bytes: memory_limit },
  }
}

/** Limits that keep this process apart from the machine it runs on; `null` where there are none, or nobody can tell. */
function containerKind(): string | null {
  if (process.env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (existsSync('/.dockerenv')) return 'docker'
  return existsSync('/run/.containerenv') ? 'podman' : null
}
