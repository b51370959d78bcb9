import type { Capacity } from '../../contracts/plan'
import { machineLimits } from '../../shared/machine-limits'

/** Cores and bytes that this process may use, limits of its control groups included. */
export function machineCapacity(): Capacity {
  const { cores, memory } = machineLimits()
  return { kind: 'machine', cores, memory, largest_node: { cores, memory } }
}
