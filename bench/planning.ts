/**
 * How long a plan takes for clusters of 3, 100 and 10,000 nodes with 30 running pods on each: `npx tsx bench/planning.ts`. What is
 * measured is this process's part: counting what pods request, capacity, and the plan. The floor is a bare loop over the same pods.
 */
import { performance } from 'node:perf_hooks'
import { addRequests, capacityOf } from '../src/kubernetes/capacity'
import type { Pod } from '../src/kubernetes/objects'
import { median } from '../src/results/statistics/moments'
import { ExecutorSizer } from '../src/sizing/executor-sizer'
import { simulatedCluster } from '../test/kubernetes/simulated-cluster'

const PODS = 30
const ROUNDS = 5

console.log('nodes     pods      floor ms   plan ms   executors of silver')
for (const count of [3, 100, 10_000]) {
  const view = simulatedCluster([{ count, cores: 64, gib: 512 }])
  const pods = view.nodes.flatMap(node =>
    Array.from(
      { length: PODS },
      (): Pod => ({
        metadata: { name: 'p' },
        spec: {
          nodeName: node.metadata.name,
          containers: [{ name: 'c', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
        },
      }),
    ),
  )
  const floors: number[] = []
  const times: number[] = []
  let executors = 0
  for (let round = 0; round < ROUNDS; round++) {
    let begun = performance.now()
    let seen = 0
    for (const pod of pods) seen += pod.spec!.containers.length
    floors.push(performance.now() - begun)
    if (seen !== pods.length) throw new Error('the floor did not look at every pod')
    begun = performance.now()
    const requested = new Map<string, { cores: number; memory: number }>()
    addRequests(requested, pods)
    const capacity = capacityOf({ ...view, requested })
    executors = new ExecutorSizer().plan({ scale: 500, engine: 'spark', capacity }).jobs[1]!
      .executors
    times.push(performance.now() - begun)
  }
  console.log(
    `${String(count).padEnd(9)} ${String(pods.length).padEnd(9)} ${median(floors).toFixed(2).padStart(8)} ${median(times).toFixed(1).padStart(9)}   ${executors}`,
  )
}
