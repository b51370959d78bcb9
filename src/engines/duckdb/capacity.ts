import { availableParallelism, totalmem } from 'node:os'
import type { Capacity } from '../../contracts/plan'

/** What this process may use: cores and bytes, container limits included. */
export function machineCapacity(): Capacity {
  const cores = availableParallelism()
  const limit = process.constrainedMemory()
  const total = totalmem()
  const memory = limit > 0 && limit < total ? limit : total
  return { kind: 'machine', cores, memory, largest_node: { cores, memory } }
}
