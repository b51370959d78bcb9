import { CapacityError } from '../contracts/errors'
import type { Capacity, LocalSparkResources } from '../contracts/plan'
import { formatSize, GIB, MIB } from '../shared/format'

export interface LocalSparkOverrides {
  readonly cores: number | null
  /** Heap, bytes. */
  readonly memory: number | null
}

/** Share of the machine for the heap; Spark takes more beside it, and servers may run here too. */
const MEMORY_SHARE = 0.5
/** The driver's own, and each core's row groups, sort buffers and shuffle blocks. */
const DRIVER = 1.5 * GIB
const PER_CORE = 1.5 * GIB
/** Below this Spark does not start. */
const LEAST = 512 * MIB

/**
 * What one Spark driver takes of its machine: every core, and 1.5 GiB of heap for itself and for each of them, but no more than
 * half of the memory.
 *
 * @throws CapacityError where Spark would not start
 */
export function planLocalSpark(
  wishes: LocalSparkOverrides,
  capacity: Capacity,
): { resources: LocalSparkResources; warnings: readonly string[] } {
  const node = capacity.largest_node
  const warnings: string[] = []
  const reasons: string[] = []
  const most = Math.max(1, Math.floor(node.cores))
  const cores = wishes.cores ?? most
  reasons.push(
    wishes.cores === null ? `${cores} cores: all there are` : `${cores} cores configured`,
  )
  if (cores > most)
    warnings.push(
      `platform.compute.spark.cores is ${cores}, but there are ${most} cores; they will share.`,
    )
  if (wishes.memory !== null) {
    reasons.push(`${formatSize(wishes.memory)} of heap configured`)
    if (wishes.memory > node.memory)
      warnings.push(
        `platform.compute.spark.driver_memory is ${formatSize(wishes.memory)}, but there are ${formatSize(node.memory)}; the driver may be killed.`,
      )
    return { resources: { cores, memory: wishes.memory, reasons }, warnings }
  }
  const wanted = DRIVER + PER_CORE * cores
  const memory = Math.floor(Math.min(wanted, node.memory * MEMORY_SHARE))
  if (memory < LEAST) {
    throw new CapacityError(
      `A Spark driver needs ${formatSize(LEAST)} of heap, and half of this machine's memory is ${formatSize(memory)}. Use the embedded preset, or set platform.compute.spark.driver_memory.`,
    )
  }
  reasons.push(
    memory < wanted
      ? `${formatSize(memory)} of heap: half of ${formatSize(node.memory)}`
      : `${formatSize(memory)} of heap: ${formatSize(DRIVER)} and ${formatSize(PER_CORE)} a core`,
  )
  return { resources: { cores, memory, reasons }, warnings }
}
