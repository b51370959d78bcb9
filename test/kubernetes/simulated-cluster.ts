import { addRequests, type ClusterView } from '../../src/kubernetes/capacity'
import type { LimitRange, Node, Pod, ResourceQuota } from '../../src/kubernetes/objects'

export interface NodeKind {
  readonly count: number
  readonly cores: number
  readonly gib: number
  readonly taint?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly cordoned?: boolean
  readonly notReady?: boolean
}

/** A cluster as its API would list it: nodes of some kinds, `podsPerNode` running pods of half a core and 1 GiB on each. */
export function simulatedCluster(
  kinds: readonly NodeKind[],
  options: { podsPerNode?: number; quotas?: ResourceQuota[]; limits?: LimitRange[] } = {},
): ClusterView {
  const nodes: Node[] = []
  for (const kind of kinds) {
    for (let i = 0; i < kind.count; i++) {
      nodes.push({
        metadata: { name: `node-${nodes.length}`, ...(kind.labels && { labels: kind.labels }) },
        spec: {
          ...(kind.taint !== undefined && { taints: [{ key: kind.taint, effect: 'NoSchedule' }] }),
          ...(kind.cordoned && { unschedulable: true }),
        },
        status: {
          allocatable: { cpu: `${kind.cores * 1000}m`, memory: `${kind.gib * 2 ** 20}Ki` },
          conditions: [{ type: 'Ready', status: kind.notReady ? 'False' : 'True' }],
        },
      })
    }
  }
  const pods = nodes.flatMap(node =>
    Array.from({ length: options.podsPerNode ?? 0 }, (): Pod => podOn(node.metadata.name)),
  )
  const requested = new Map<string, { cores: number; memory: number }>()
  addRequests(requested, pods)
  return { nodes, requested, quotas: options.quotas ?? [], limits: options.limits ?? [] }
}

const podOn = (nodeName: string): Pod => ({
  metadata: { name: 'p' },
  spec: {
    nodeName,
    containers: [{ name: 'c', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
  },
})
