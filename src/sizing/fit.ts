import { MOST_EXECUTORS } from '../contracts/choices'
import { CapacityError } from '../contracts/errors'
import type { BatchJobName, Capacity, ExecutorPlan, ExecutorShape } from '../contracts/plan'
import { STREAM_NAMES, type StreamName } from '../contracts/streams'
import { formatSize } from '../shared/format'
import { driverShape, executorShape, tierExecutors, tierOf } from './executors'

/** Share of a cluster that executors may take; the rest is for drivers and what else runs there. */
const BUDGET_SHARE = 0.9
/** The page scales up "at scale 51+". */
const RAISED_ABOVE_SCALE = 50

export interface ExecutorWishes {
  /** Executors in place of the tier's. */
  readonly executors: number | null
  /** Share of the job profile, above 0 to 1. */
  readonly share: number
  /** Heap of the driver, bytes. */
  readonly driverMemory: number | null
}

/** One job's executors: the tier's count, fitted to the cluster, then the override. */
export function planExecutors(
  job: BatchJobName | StreamName,
  scale: number,
  { executors: override, share, driverMemory }: ExecutorWishes,
  capacity: Capacity,
): ExecutorPlan {
  const shape = executorShape(job, share)
  const tier = tierOf(scale)
  const requested = tierExecutors(scale)
  const reasons = [`scale ${scale} is tier ${tier}: ${requested} executors`]
  if (share !== 1) reasons.push(`${share} of the job profile configured`)
  let executors = requested
  if (capacity.kind === 'cluster') {
    requireOneFits(job, shape, capacity)
    const fitted = fitToCluster(requested, scale, shape, capacity)
    // A user who sets a count has looked at the cluster; the plan says where it disagrees and obeys.
    if (override === null && fitted.reason) reasons.push(fitted.reason)
    if (override !== null && override > fitted.most)
      reasons.push(
        `only ${fitted.most} of the ${override} configured ones fit into 90 % of the cluster at once`,
      )
    executors = fitted.executors
  }
  if (override !== null) {
    executors = override
    reasons.push(`${override} configured`)
  }
  const driver =
    capacity.kind === 'cluster' ? { driver: driverShape(job, share, driverMemory) } : {}
  return {
    job_name: job,
    tier,
    requested_executors: requested,
    executors,
    shape,
    ...driver,
    reasons,
  }
}

/** The three streams, which share the cluster: each gets the part that its cores are of all that were asked for. */
export function planStreams(
  scale: number,
  wishes: Omit<ExecutorWishes, 'executors'>,
  capacity: Capacity,
): readonly ExecutorPlan[] {
  const cores = (name: StreamName) => executorShape(name, wishes.share).cores
  const all = STREAM_NAMES.reduce((sum, name) => sum + cores(name), 0)
  return STREAM_NAMES.map(name =>
    planExecutors(name, scale, { ...wishes, executors: null }, partOf(capacity, cores(name) / all)),
  )
}

/** Nodes keep their size, and are fewer. */
const partOf = ({ nodes, pods, ...capacity }: Capacity, share: number): Capacity => ({
  ...capacity,
  cores: capacity.cores * share,
  memory: capacity.memory * share,
  ...(nodes && { nodes: nodes.map(node => ({ ...node, count: node.count * share })) }),
  ...(pods !== undefined && { pods: Math.floor(pods * share) }),
})

function fitToCluster(requested: number, scale: number, shape: ExecutorShape, capacity: Capacity) {
  const most = executorsWithin(capacity, shape)
  const even = most > 2 ? most - (most % 2) : most
  if (most < requested)
    return {
      most,
      executors: even,
      reason: `capped to ${even}: 90 % of ${describe(capacity)} hold no more`,
    }
  const raised = Math.min(even, MOST_EXECUTORS)
  if (scale > RAISED_ABOVE_SCALE && raised > requested)
    return {
      most,
      executors: raised,
      reason: `raised to ${raised}: ${describe(capacity)} have room`,
    }
  return { most, executors: requested, reason: null }
}

/**
 * Executors of a shape that the cluster holds: by cores and memory of the budget, by what each node has room for, and by the
 * pods that a quota allows beside the driver. At least one, since one was shown to fit a node.
 */
function executorsWithin(capacity: Capacity, shape: ExecutorShape): number {
  const memory = shape.memory + shape.memory_overhead
  const byCores = (capacity.cores * BUDGET_SHARE) / shape.cores
  const byMemory = (capacity.memory * BUDGET_SHARE) / memory
  const byNode = capacity.nodes?.reduce(
    (sum, node) =>
      sum + node.count * Math.floor(Math.min(node.cores / shape.cores, node.memory / memory)),
    0,
  )
  const byPods = (capacity.pods ?? Number.POSITIVE_INFINITY) - 1
  return Math.max(1, Math.floor(Math.min(byCores, byMemory, byNode ?? byCores, byPods)))
}

function requireOneFits(
  job: BatchJobName | StreamName,
  shape: ExecutorShape,
  { largest_node }: Capacity,
): void {
  const memory = shape.memory + shape.memory_overhead
  if (shape.cores <= largest_node.cores && memory <= largest_node.memory) return
  throw new CapacityError(
    `One executor of ${job} takes ${shape.cores} cores and ${formatSize(memory)}; the largest node has ` +
      `${largest_node.cores} cores and ${formatSize(largest_node.memory)}. Add a node of at least that size, ${smaller(job, largest_node)}or run ` +
      'with `preset: embedded`, which takes what one machine has.',
  )
}

/** The largest share of the job's profile that the node holds, as an advice; nothing where none does. */
function smaller(job: BatchJobName | StreamName, node: Capacity['largest_node']): string {
  for (let percent = 99; percent > 0; percent--) {
    const shape = executorShape(job, percent / 100)
    if (shape.cores > node.cores || shape.memory + shape.memory_overhead > node.memory) continue
    return `set platform.compute.spark.profile_share to ${percent / 100} (${shape.cores} cores and ${formatSize(shape.memory + shape.memory_overhead)} fit there), `
  }
  return ''
}

const describe = ({ cores, memory }: Capacity) =>
  `the cluster's ${cores} cores and ${formatSize(memory)}`
