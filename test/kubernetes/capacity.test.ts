import { describe, expect, it } from 'vitest'
import { CapacityError } from '../../src/contracts/errors'
import { capacityOf, podRequests } from '../../src/kubernetes/capacity'
import type { Node, ResourceQuota } from '../../src/kubernetes/objects'
import { ExecutorSizer } from '../../src/sizing/executor-sizer'
import { type NodeKind, simulatedCluster } from './simulated-cluster'

const GIB = 2 ** 30
const sizer = new ExecutorSizer()
const planOn = (
  kinds: readonly NodeKind[],
  scale: number,
  options: Parameters<typeof simulatedCluster>[1] = {},
) => sizer.plan({ scale, engine: 'spark', capacity: capacityOf(simulatedCluster(kinds, options)) })
const counts = (...args: Parameters<typeof planOn>) =>
  planOn(...args).jobs.map(job => job.executors)

describe('the capacity of a cluster', () => {
  it('is what nodes have free, without those that take no pods', () => {
    const view = simulatedCluster(
      [
        { count: 2, cores: 16, gib: 64 },
        { count: 1, cores: 64, gib: 512, taint: 'gpu' },
        { count: 1, cores: 64, gib: 512, cordoned: true },
        { count: 1, cores: 64, gib: 512, notReady: true },
      ],
      { podsPerNode: 4 },
    )
    expect(capacityOf(view)).toEqual({
      kind: 'cluster',
      cores: 28,
      memory: 120 * GIB,
      largest_node: { cores: 14, memory: 60 * GIB },
      nodes: [{ count: 2, cores: 14, memory: 60 * GIB }],
    })
  })

  it('is bounded by what quotas leave, those of other kinds of pods left out', () => {
    const quota = (
      hard: Record<string, string>,
      used: Record<string, string> = {},
      scopes?: string[],
    ): ResourceQuota => ({
      metadata: { name: 'q' },
      spec: scopes ? { scopes } : {},
      status: { hard, used },
    })
    const quotas = [
      quota(
        { 'requests.cpu': '10', 'limits.memory': '40Gi', pods: '12' },
        { 'requests.cpu': '2500m', 'limits.memory': '8Gi', pods: '5' },
      ),
      quota({ cpu: '1' }, {}, ['BestEffort']),
    ]
    expect(
      capacityOf(simulatedCluster([{ count: 4, cores: 16, gib: 64 }], { quotas })),
    ).toMatchObject({
      cores: 7.5,
      memory: 32 * GIB,
      largest_node: { cores: 7.5, memory: 32 * GIB },
      pods: 7,
    })
  })

  it('lets no pod be larger than a limit range says', () => {
    const limits = [
      {
        metadata: { name: 'l' },
        spec: {
          limits: [
            { type: 'Container', max: { memory: '16Gi' } },
            { type: 'PersistentVolumeClaim' },
          ],
        },
      },
    ]
    expect(
      capacityOf(simulatedCluster([{ count: 4, cores: 16, gib: 64 }], { limits })).largest_node,
    ).toEqual({
      cores: 16,
      memory: 16 * GIB,
    })
  })

  it('is refused where no node takes pods', () => {
    expect(() =>
      capacityOf(simulatedCluster([{ count: 3, cores: 8, gib: 32, taint: 'x' }])),
    ).toThrow(CapacityError)
  })

  it('counts nodes whose taints are borne, and only those that the selector finds', () => {
    const view = simulatedCluster([
      { count: 2, cores: 16, gib: 64, labels: { pool: 'spark' } },
      { count: 3, cores: 8, gib: 32, taint: 'only', labels: { pool: 'spark' } },
      { count: 4, cores: 4, gib: 16, taint: 'gpu', labels: { pool: 'spark' } },
      { count: 5, cores: 2, gib: 8 },
    ])
    const bears = (key: string, effect: '' | 'NoSchedule' | 'NoExecute' = '') => ({
      key,
      operator: 'Exists' as const,
      value: '',
      effect,
      toleration_seconds: null,
    })
    const cores = (...tolerations: ReturnType<typeof bears>[]) =>
      capacityOf(view, { node_selector: { pool: 'spark' }, tolerations }).cores
    expect(cores()).toBe(32)
    expect(cores(bears('only'))).toBe(56)
    expect(cores(bears('only', 'NoExecute'))).toBe(32)
    expect(cores(bears(''))).toBe(72)
    expect(cores({ ...bears('only'), operator: 'Equal' as never, value: 'no such value' })).toBe(32)
    expect(() => capacityOf(view, { node_selector: { pool: 'none' }, tolerations: [] })).toThrow(
      /14 are ready, of which 0 fit platform\.kubernetes\.node_selector and tolerations/,
    )
  })

  it('counts a pod as the scheduler does', () => {
    const container = (cpu: string, restartPolicy?: string) => ({
      name: 'c',
      resources: { requests: { cpu, memory: '1Gi' } },
      ...(restartPolicy && { restartPolicy }),
    })
    expect(
      podRequests({
        metadata: { name: 'p' },
        spec: {
          containers: [container('1'), container('500m')],
          initContainers: [container('2'), container('250m', 'Always')],
          overhead: { cpu: '50m' },
        },
      }),
    ).toEqual({ cores: 2.3, memory: 3 * GIB })
  })
})

describe('plans for simulated clusters', () => {
  it('3 nodes of 16 cores and 64 GiB: silver is capped to an executor a node', () => {
    expect(counts([{ count: 3, cores: 16, gib: 64 }], 10)).toEqual([4, 2, 3 - 1])
    expect(planOn([{ count: 3, cores: 16, gib: 64 }], 10).jobs[1]!.reasons.join()).toMatch(/capped/)
  })

  it('3 nodes that are too small: the error says what share of the profile would fit', () => {
    expect(() => planOn([{ count: 3, cores: 8, gib: 32 }], 1)).toThrow(/profile_share to 0\.53/)
  })

  it('100 nodes of which each holds one executor: by node, not by the sum of their memory', () => {
    const [, silver] = counts([{ count: 100, cores: 32, gib: 100 }], 400)
    expect(silver).toBe(28)
    const [, few] = counts([{ count: 9, cores: 32, gib: 100 }], 400)
    expect(few).toBe(8)
  })

  it('10,000 nodes: raised to what the API server bears', () => {
    const kinds = [
      { count: 6000, cores: 32, gib: 256 },
      { count: 3000, cores: 64, gib: 512 },
      { count: 1000, cores: 96, gib: 768, taint: 'gpu' },
    ]
    const view = simulatedCluster(kinds, { podsPerNode: 5 })
    let looks = 0
    const get = (node: Node, key: string | symbol) => {
      looks++
      return Reflect.get(node, key)
    }
    const nodes = view.nodes.map(node => new Proxy(node, { get }))
    const plan = sizer.plan({
      scale: 100,
      engine: 'spark',
      capacity: capacityOf({ ...view, nodes }),
    })
    // However many nodes there are, each is looked at a few times only.
    expect(looks / nodes.length).toBeLessThan(20)
    expect(plan.jobs.map(j => j.executors)).toEqual([28, 28, 28])
    expect(plan.capacity.nodes).toHaveLength(2)
  })

  it('pods that a quota allows bound the executors, beside their driver', () => {
    const quotas = [
      { metadata: { name: 'q' }, status: { hard: { pods: '4' }, used: { pods: '0' } } },
    ]
    expect(counts([{ count: 50, cores: 32, gib: 256 }], 10, { quotas })).toEqual([2, 2, 2])
  })
})

describe('a share of the job profiles', () => {
  const small = {
    kind: 'cluster' as const,
    cores: 1.7,
    memory: 12 * GIB,
    largest_node: { cores: 1.7, memory: 12 * GIB },
  }
  it('fits a driver and an executor of each job in two cores', () => {
    const { jobs } = sizer.plan({
      scale: 0.01,
      engine: 'spark',
      profileShare: 0.05,
      capacity: small,
    })
    for (const { shape, driver } of jobs) {
      expect(shape.cores + driver!.cores).toBeLessThan(1)
      expect(shape.memory).toBeGreaterThanOrEqual(GIB)
    }
    expect(jobs.map(j => j.shape.cores)).toEqual([0.1, 0.2, 0.2])
  })

  it('is the whole profile by default, with a driver as the page and the reference have it', () => {
    const { jobs } = sizer.plan({
      scale: 1,
      engine: 'spark',
      capacity: { ...small, cores: 1000, memory: 1e13, largest_node: { cores: 64, memory: 1e12 } },
    })
    expect(jobs.map(j => j.driver)).toEqual([
      { cores: 2, memory: 4 * GIB, memory_overhead: 409 * 2 ** 20 },
      { cores: 4, memory: 24 * GIB, memory_overhead: 2457 * 2 ** 20 },
      { cores: 4, memory: 24 * GIB, memory_overhead: 2457 * 2 ** 20 },
    ])
  })
})
