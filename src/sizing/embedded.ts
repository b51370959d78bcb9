import type { Capacity, EmbeddedResources } from '../contracts/plan'
import { formatSize, GIB } from '../shared/format'

const MEMORY_SHARE = 0.7
const MEMORY_PER_THREAD = GIB
/** Below this a thread of the engine cannot hold its buffers. */
const LEAST_PER_THREAD = GIB / 4

/** Resources that a config sets; `null` leaves the choice to the planner. */
export interface EmbeddedOverrides {
  /** Threads of the engine. */
  readonly threads: number | null
  /** Bytes. */
  readonly memory: number | null
}

/**
 * What the embedded engine takes of its machine: a thread a core, and 1 GiB a thread but no more than 70 % of the memory.
 * That keeps two cores below 3 GiB whatever the corpus; the engine spills to disk beyond.
 */
export function planEmbedded(
  wishes: EmbeddedOverrides,
  capacity: Capacity,
): { resources: EmbeddedResources; warnings: readonly string[] } {
  const reasons: string[] = []
  const warnings: string[] = []
  const node = capacity.largest_node
  const cores = Math.max(1, Math.floor(node.cores))
  const usable = node.memory * MEMORY_SHARE

  let threads = wishes.threads ?? cores
  if (wishes.threads !== null) {
    reasons.push(`${threads} threads configured`)
    if (threads > cores)
      warnings.push(
        `platform.compute.embedded.threads is ${threads}, but there are ${cores} cores; they will share.`,
      )
  } else {
    const held = Math.max(1, Math.floor((wishes.memory ?? usable) / LEAST_PER_THREAD))
    threads = Math.min(cores, held)
    reasons.push(
      threads < cores
        ? `${threads} of ${cores} cores: each thread needs ${formatSize(LEAST_PER_THREAD)}`
        : `${threads} threads: one a core`,
    )
  }

  let memory: number
  if (wishes.memory !== null) {
    memory = wishes.memory
    reasons.push(`${formatSize(memory)} configured`)
    if (memory > node.memory)
      warnings.push(
        `platform.compute.embedded.memory is ${formatSize(memory)}, but there are ${formatSize(node.memory)}; the process may be killed.`,
      )
  } else {
    const wanted = Math.max(GIB, MEMORY_PER_THREAD * threads)
    memory = Math.floor(Math.min(usable, wanted))
    reasons.push(
      memory < wanted
        ? `${formatSize(memory)}: 70 % of ${formatSize(node.memory)}`
        : `${formatSize(memory)}: ${formatSize(MEMORY_PER_THREAD)} a thread`,
    )
  }
  return { resources: { threads, memory, reasons }, warnings }
}
