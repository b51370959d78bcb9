import { CapacityError } from '../contracts/errors'
import type { Capacity, NodeRoom } from '../contracts/plan'
import { MIB } from '../shared/format'
import type { KubeApi } from './kube-api'
import { type LimitRange, type Node, type Pod, parseQuantity, type ResourceQuota } from './objects'
import { ANY_NODE, acceptsPods, type Placement } from './placement'

interface Room {
  readonly cores: number
  readonly memory: number
}

/** The parts of a cluster that capacity is worked out from. Requests are cores and bytes of the pods that run on a node now, by node. */
export interface ClusterView {
  readonly nodes: readonly Node[]
  readonly requested: ReadonlyMap<string, Room>
  readonly quotas: readonly ResourceQuota[]
  readonly limits: readonly LimitRange[]
}

/** So coarse that thousands of nodes come to a few groups, and always less than there is. */
const CORE_STEP = 0.1
const MEMORY_STEP = 64 * MIB

/**
 * Room for pods: allocatable less what running pods have requested, on nodes that take pods placed so, within the namespace's
 * quotas and limit ranges.
 *
 * @throws CapacityError where no node takes pods
 */
export function capacityOf(
  { nodes, requested, quotas, limits }: ClusterView,
  placement: Placement = ANY_NODE,
): Capacity {
  const groups = new Map<string, { count: number } & Room>()
  for (const node of nodes) {
    const room = acceptsPods(node, placement)
      ? roomOn(node, requested.get(node.metadata.name))
      : null
    if (room === null) continue
    const key = `${room.cores} ${room.memory}`
    const group = groups.get(key)
    if (group) group.count++
    else groups.set(key, { count: 1, ...room })
  }
  const rooms: NodeRoom[] = [...groups.values()].sort(
    (a, b) => b.memory - a.memory || b.cores - a.cores,
  )
  if (rooms.length === 0) throw new CapacityError(noRoom(nodes, placement))
  const most = podLimit(limits)
  const left = quotaLeft(quotas)
  const total = (of: (room: NodeRoom) => number) =>
    rooms.reduce((sum, room) => sum + room.count * of(room), 0)
  return {
    kind: 'cluster',
    cores: round(
      Math.min(
        total(r => r.cores),
        left.cores,
      ),
    ),
    memory: Math.min(
      total(r => r.memory),
      left.memory,
    ),
    largest_node: {
      cores: round(Math.min(Math.max(...rooms.map(r => r.cores)), most.cores, left.cores)),
      memory: Math.min(Math.max(...rooms.map(r => r.memory)), most.memory, left.memory),
    },
    nodes: rooms,
    ...(Number.isFinite(left.pods) && { pods: left.pods }),
  }
}

/** Ask the cluster, page by page. */
export async function readCluster(api: KubeApi, signal?: AbortSignal): Promise<ClusterView> {
  const options = { signal }
  const [nodes, requested, quotas, limits] = await Promise.all([
    api.list<Node>('/api/v1/nodes', options),
    readRequests(api, options),
    api.list<ResourceQuota>(api.in('api/v1', 'resourcequotas'), options),
    api.list<LimitRange>(api.in('api/v1', 'limitranges'), options),
  ])
  return { nodes, requested, quotas, limits }
}

/** Pods of the whole cluster are summed while they come, as there may be very many. */
async function readRequests(
  api: KubeApi,
  options: { signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, Room>> {
  let sums = new Map<string, Room>()
  const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }
  for await (const page of api.pages<Pod>('/api/v1/pods', { ...options, query })) {
    if (page.first) sums = new Map()
    addRequests(sums, page.items)
  }
  return sums
}

export function addRequests(sums: Map<string, Room>, pods: readonly Pod[]): void {
  for (const pod of pods) {
    const node = pod.spec?.nodeName
    if (node === undefined) continue
    const asked = podRequests(pod)
    const sum = sums.get(node) ?? { cores: 0, memory: 0 }
    sums.set(node, { cores: sum.cores + asked.cores, memory: sum.memory + asked.memory })
  }
}

/** Adds up requests as the scheduler does: containers together, or the largest of the initial ones; sidecars beside them; overhead on top. */
export function podRequests({ spec }: Pod): Room {
  if (!spec) return { cores: 0, memory: 0 }
  const of = (name: 'cpu' | 'memory') => {
    const ask = (c: { resources?: { requests?: Readonly<Record<string, string>> } }) =>
      amount(c.resources?.requests?.[name])
    const initial = spec.initContainers ?? []
    const sidecars = initial
      .filter(c => c.restartPolicy === 'Always')
      .reduce((sum, c) => sum + ask(c), 0)
    const main = spec.containers.reduce((sum, c) => sum + ask(c), 0)
    const first = Math.max(0, ...initial.filter(c => c.restartPolicy !== 'Always').map(ask))
    return Math.max(main, first) + sidecars + amount(spec.overhead?.[name])
  }
  return { cores: of('cpu'), memory: of('memory') }
}

/** `null` where no pod has a place. */
function roomOn(node: Node, requested: Room = { cores: 0, memory: 0 }): Room | null {
  const { spec, status } = node
  if (!isReady(node) || spec?.unschedulable) return null
  const cores = round(
    Math.floor((amount(status?.allocatable?.cpu) - requested.cores) / CORE_STEP + 1e-9) * CORE_STEP,
  )
  const memory =
    Math.floor((amount(status?.allocatable?.memory) - requested.memory) / MEMORY_STEP) * MEMORY_STEP
  return cores > 0 && memory > 0 ? { cores, memory } : null
}

function noRoom(nodes: readonly Node[], placement: Placement): string {
  const ready = nodes.filter(isReady)
  const fitting = ready.filter(node => acceptsPods(node, placement))
  return `None of the cluster's ${nodes.length} nodes takes pods: ${ready.length} are ready, of which ${fitting.length} fit platform.kubernetes.node_selector and tolerations, and those are cordoned or full. Add a node, tolerate a taint, or end what runs there.`
}

const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false

/** The scopes of long-running pods that have requests; quotas of others do not touch ours. */
const touches = ({ spec }: ResourceQuota): boolean =>
  !spec?.scopeSelector &&
  !spec?.scopes?.some(scope => scope === 'BestEffort' || scope === 'Terminating')

function quotaLeft(quotas: readonly ResourceQuota[]): Room & { readonly pods: number } {
  const left = (...names: readonly string[]) =>
    Math.min(
      Number.POSITIVE_INFINITY,
      ...quotas.filter(touches).flatMap(({ status }) =>
        names.flatMap(name => {
          const hard = status?.hard?.[name]
          return hard === undefined
            ? []
            : [Math.max(0, amount(hard) - amount(status?.used?.[name]))]
        }),
      ),
    )
  return {
    cores: left('cpu', 'requests.cpu'),
    // Spark's pods have a memory limit equal to their request.
    memory: left('memory', 'requests.memory', 'limits.memory'),
    pods: left('pods', 'count/pods'),
  }
}

function podLimit(ranges: readonly LimitRange[]): Room {
  const most = (name: string) =>
    Math.min(
      Number.POSITIVE_INFINITY,
      ...ranges.flatMap(({ spec }) =>
        (spec?.limits ?? [])
          .filter(l => l.type === 'Pod' || l.type === 'Container')
          .flatMap(l => (l.max?.[name] === undefined ? [] : [amount(l.max[name])])),
      ),
    )
  return { cores: most('cpu'), memory: most('memory') }
}

const amount = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0)

/** Cores add up in tenths and hundredths; what floating point leaves behind them is noise. */
const round = (cores: number): number => Math.round(cores * 1000) / 1000
