import { existsSync, readFileSync } from 'node:fs'
import { cpus, type as osType, release, totalmem, version } from 'node:os'
import { machineCapacity } from './engines/duckdb/capacity'
import { packageVersion } from './package-root'

/** This machine, for the record of a run. Unknown is `null`. */
export function machineRecord(): Record<string, unknown> {
  const capacity = machineCapacity()
  return {
    lakebench_version: packageVersion(),
    node_version: process.version,
    os: `${osType()} ${release()}`,
    kernel: version(),
    architecture: process.arch,
    cpu_model: cpus()[0]?.model ?? null,
    cores: capacity.cores,
    memory_bytes: totalmem(),
    memory_limit_bytes: capacity.memory,
    container: { kind: containerKind(), cpu_limit: cpuLimit(), memory_limit_bytes: memoryLimit() },
  }
}

/** What keeps this process apart from the machine it runs on; `null` where nothing does, or nobody can tell. */
function containerKind(): string | null {
  if (process.env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (existsSync('/.dockerenv')) return 'docker'
  return existsSync('/run/.containerenv') ? 'podman' : null
}

/** Cores that a control group allows, of which Node's own count knows nothing. */
function cpuLimit(): number | null {
  const [quota, period] = (read('/sys/fs/cgroup/cpu.max') ?? groupV1()).split(/\s+/).map(Number)
  return quota && period && quota > 0 ? quota / period : null
}

const groupV1 = () =>
  ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(name => read(`/sys/fs/cgroup/cpu/${name}`) ?? '').join(' ')

function memoryLimit(): number | null {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : null
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
