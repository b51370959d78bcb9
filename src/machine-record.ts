import { cpus, type as osType, release, totalmem } from 'node:os'
import { machineCapacity } from './engines/duckdb/capacity'
import { packageVersion } from './package-root'

/** This machine, for the record of a run. */
export function machineRecord(): Record<string, unknown> {
  const capacity = machineCapacity()
  return {
    lakebench_version: packageVersion(),
    node_version: process.version,
    os: `${osType()} ${release()}`,
    architecture: process.arch,
    cpu_model: cpus()[0]?.model ?? null,
    cores: capacity.cores,
    memory_bytes: totalmem(),
    memory_limit_bytes: capacity.memory,
  }
}
