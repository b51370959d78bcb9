import { CapacityError } from '../contracts/errors'
import { MOST_EXECUTORS } from '../contracts/limits'
import type { BatchJobName, Capacity, ExecutorPlan, ExecutorShape } from '../contracts/plan'
import { formatBytes } from './bytes'
import { EXECUTOR_SHAPES, tierExecutors, tierOf } from './executors'

/** Share of a cluster that executors may take; the rest is for drivers and what else runs there. */
const BUDGET_SHARE = 0.9
/** The page scales up "at scale 51+". */
const RAISED_ABOVE_SCALE = 50

/** One job's executors: the tier's count, fitted to the cluster, then the override. */
export function planExecutors(
  job: BatchJobName,
  scale: number,
  override: number | null,
  capacity: Capacity,
): ExecutorPlan {
  const shape = EXECUTOR_SHAPES[job]
  const tier = tierOf(scale)
  const requested = tierExecutors(scale)
  const reasons = [`scale ${scale} is tier ${tier}: ${requested} executors`]
  let executors = requested
  if (capacity.kind === 'cluster') {
    requireOneFits(job, shape, capacity)
    const fitted = fitToCluster(requested, scale, shape, capacity)
    // A user who sets a count has looked at the cluster; the plan says where it disagrees and obeys.
    if (override === null && fitted.reason) reasons.push(fitted.reason)
    if (override !== null && override > fitted.most)
      reasons.push(`only ${fitted.most} of the ${override} configured ones fit into 90 % of the cluster at once`)
    executors = fitted.executors
  }
  if (override !== null) {
    executors = override
    reasons.push(`${override} configured`)
  }
  return { job_name: job, tier, requested_executors: requested, executors, shape, reasons }
}

function fitToCluster(requested: number, scale: number, shape: ExecutorShape, capacity: Capacity) {
  const most = executorsWithin(capacity, shape)
  const even = most > 2 ? most - (most % 2) : most
  if (most < requested)
    return { most, executors: even, reason: `capped to ${even}: 90 % of ${describe(capacity)} hold no more` }
  const raised = Math.min(even, MOST_EXECUTORS)
  if (scale > RAISED_ABOVE_SCALE && raised > requested)
    return { most, executors: raised, reason: `raised to ${raised}: ${describe(capacity)} have room` }
  return { most, executors: requested, reason: null }
}

/** Executors of a shape that the budget holds by cores and by memory; at least one, since one was shown to fit a node. */
function executorsWithin(capacity: Capacity, shape: ExecutorShape): number {
  const byCores = (capacity.cores * BUDGET_SHARE) / shape.cores
  const byMemory = (capacity.memory * BUDGET_SHARE) / (shape.memory + shape.memory_overhead)
  return Math.max(1, Math.floor(Math.min(byCores, byMemory)))
}

function requireOneFits(job: BatchJobName, shape: ExecutorShape, { largest_node }: Capacity): void {
  const memory = shape.memory + shape.memory_overhead
  if (shape.cores <= largest_node.cores && memory <= largest_node.memory) return
  throw new CapacityError(
    `One executor of ${job} takes ${shape.cores} cores and ${formatBytes(memory)}; the largest node has ` +
      `${largest_node.cores} cores and ${formatBytes(largest_node.memory)}. Add a node of at least that size, or run ` +
      'with `preset: embedded`, which takes what one machine has.',
  )
}

const describe = ({ cores, memory }: Capacity) => `the cluster's ${cores} cores and ${formatBytes(memory)}`
