import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Capacity } from '../contracts/plan'

/** Cores and memory of the machine that this process may use. */
export interface MachineLimits {
  /** Processors: those that it may run on, no more than its control groups' quota rounded up; at least 1. */
  readonly cores: number
  readonly machine_cores: number
  /** Quota of the control groups in processors, e.g. 0.5; `null` where there is none. */
  readonly cpu_quota: number | null
  /** Bytes. */
  readonly memory: number
  /** Lowest limit of the control groups, bytes; `null` where there is none below the machine's memory. */
  readonly memory_limit: number | null
}

/** @param root what `/proc` and `/sys` lie under, for tests */
export function machineLimits(root = '/'): MachineLimits {
  const groups = (controller: string) => groupFolders(root, controller)
  const cpu_quota = least(groups('cpu').map(cpuQuota))
  const allowed = affinity(root) ?? availableParallelism()
  const limit = least(groups('memory').map(memoryLimit))
  const memory_limit = limit !== null && limit < totalmem() ? limit : null
  return {
    cores: Math.max(1, Math.min(allowed, Math.ceil(cpu_quota ?? Number.POSITIVE_INFINITY))),
    machine_cores: cpus().length || allowed,
    cpu_quota,
    memory: memory_limit ?? totalmem(),
    memory_limit,
  }
}

/** Files that this process may have open at once; `null` where the system does not tell, or sets no limit. */
export function openFilesLimit(root = '/'): number | null {
  const found = /^Max open files\s+(\d+)/m.exec(read(join(root, 'proc/self/limits')) ?? '')
  return found ? Number(found[1]) : null
}

/** Seconds during which the quota of a control group held this process back, so far; `null` where none says. */
export function throttledSeconds(root = '/'): number | null {
  const seconds = groupFolders(root, 'cpu').map(folder => {
    const [, unit, time] =
      /^throttled_(usec|time) (\d+)$/m.exec(read(join(folder, 'cpu.stat')) ?? '') ?? []
    return time === undefined ? null : Number(time) / (unit === 'usec' ? 1e6 : 1e9)
  })
  return seconds.reduce((most, one) => (one === null ? most : Math.max(most ?? 0, one)), null)
}

/** Processors that the scheduler may put this process on, cpusets included. Node's own count also rounds quotas, its own way. */
function affinity(root: string): number | null {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read(join(root, 'proc/self/status')) ?? '')?.[1]
  if (!list) return null
  const counts = list.split(',').map(range => {
    const [first, last = first] = range.split('-').map(Number)
    return last! - first! + 1
  })
  const sum = counts.reduce((a, b) => a + b, 0)
  return sum > 0 ? sum : null
}

const least = (values: readonly (number | null)[]): number | null =>
  values.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null)

/** Of version 2 (`cpu.max`: quota and period, or `max`) or 1; -1 is none. */
function cpuQuota(folder: string): number | null {
  const text =
    read(join(folder, 'cpu.max')) ??
    `${read(join(folder, 'cpu.cfs_quota_us'))?.trim()} ${read(join(folder, 'cpu.cfs_period_us'))?.trim()}`
  const [quota, period] = text.trim().split(/\s+/).map(Number)
  return quota! > 0 && period! > 0 ? quota! / period! : null
}

/** Of version 2 (the hard limit, and the one above which the group is slowed down) or 1, where a huge number is none. */
function memoryLimit(folder: string): number | null {
  const limits = ['memory.max', 'memory.high', 'memory.limit_in_bytes'].map(name =>
    Number(read(join(folder, name)) ?? ''),
  )
  return least(limits.map(limit => (limit > 0 && Number.isFinite(limit) ? limit : null)))
}

/** Folders of the control groups that this process is in, its own first, then all above it as far as they can be seen. */
function groupFolders(root: string, controller: string): string[] {
  const memberships = (read(join(root, 'proc/self/cgroup')) ?? '')
    .split('\n')
    .map(line => line.split(':'))
  const mounts = (read(join(root, 'proc/self/mountinfo')) ?? '').split('\n').map(mountOf)
  return memberships.flatMap(([, controllers, ...rest]) => {
    const path = rest.join(':')
    const unified = controllers === ''
    if (!unified && !controllers?.split(',').includes(controller)) return []
    // The last of several mounts on one place is seen.
    const mount = mounts.findLast(
      m =>
        m &&
        (unified ? m.type === 'cgroup2' : m.type === 'cgroup' && m.options.includes(controller)),
    )
    if (!mount) return []
    // A container may see its own group at the mount's top, while its path is told as from outside.
    const inside = path.startsWith(mount.root) ? path.slice(mount.root.length) : ''
    const parts = inside.split('/').filter(part => part !== '' && part !== '..')
    return Array.from({ length: parts.length + 1 }, (_, up) =>
      join(root, mount.place, ...parts.slice(0, parts.length - up)),
    )
  })
}

function mountOf(line: string) {
  const [before, after] = line.split(' - ')
  const [, , , root, place] = before?.split(' ') ?? []
  const [type, , options] = after?.split(' ') ?? []
  return root && place && type
    ? { root: root === '/' ? '' : root, place, type, options: options?.split(',') ?? [] }
    : null
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Cores and bytes that this process may use, limits of its control groups included. */
export function machineCapacity(): Capacity {
  const { cores, memory } = machineLimits()
  return { kind: 'machine', cores, memory, largest_node: { cores, memory } }
}
