/**
 * What lakebench adds to a bare SparkApplication, on the cluster of `npm run test:k8s` (start it with test/stack/k8s/up.sh):
 *
 *   set -a; . ~/.cache/lakebench-test/k8s/run/env; set +a
 *   npx tsx bench/kubernetes.ts [rounds]
 *
 * The two arms take turns: the same manifest created with kubectl and watched with `kubectl get --watch` until COMPLETED (the floor),
 * and `KubernetesSpark.run`. Beside them what lies before and after the application in ours: from the call to the created object,
 * and from the COMPLETED event to the return. Requests are those that leave this process, by what they ask for: of a job its creation,
 * its log and its removal, whenever that comes; beside the jobs what keeps the run alive.
 */
import { execFileSync, spawn } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { RunPlan } from '../src/contracts/plan'
import { KubernetesSpark } from '../src/engines/spark/submit/kubernetes/kubernetes-spark'
import { OperatorSubmission } from '../src/engines/spark/submit/kubernetes/operator-submission'
import { connect } from '../src/kubernetes/connect'
import { ANY_NODE } from '../src/kubernetes/placement'
import { newRunId } from '../src/pipeline/run-folder'

const env = (name: string): string => {
  const value = process.env[`LAKEBENCH_K8S${name}`]
  if (!value)
    throw new Error('Source the env file of the test cluster first; see the head of this file.')
  return value
}
const rounds = Number(process.argv[2] ?? 5)
const MIB = 2 ** 20
const shape = { cores: 0.2, memory: 512 * MIB, memory_overhead: 384 * MIB }
const plan: RunPlan = {
  scale: 0.01,
  tier: 'minimal',
  capacity: {
    kind: 'cluster',
    cores: 2,
    memory: 2 ** 33,
    largest_node: { cores: 2, memory: 2 ** 33 },
  },
  jobs: [
    {
      job_name: 'bronze-verify',
      tier: 'minimal',
      requested_executors: 1,
      executors: 1,
      shape: { ...shape, scratch: 2 ** 30 },
      driver: shape,
      reasons: [],
    },
  ],
  embedded: null,
  local_spark: null,
  max_result_size: 2 ** 30,
  timeout_seconds: 600,
  warnings: [],
}
const folder = mkdtempSync(join(tmpdir(), 'lakebench-bench-'))
writeFileSync(
  join(folder, 'counts.py'),
  'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nspark.range(1000).count()\nspark.stop()\n',
)
process.env.KUBECONFIG = join(env('_ACCESS'), 'admin.conf')
const kubectl = (...args: string[]) =>
  execFileSync(env('_KUBECTL'), ['-n', env('_NAMESPACE'), ...args], { encoding: 'utf8' })

const api = await connect({ context: '', namespace: env('_NAMESPACE') })
const spark = new KubernetesSpark({
  api,
  jobsFolder: folder,
  pendingSeconds: 120,
  submission: new OperatorSubmission(api),
  secretEnv: {},
  authorities: [],
  redact: text => text,
  settings: () => ({
    image: env('_SPARK_IMAGE'),
    pullSecrets: [],
    serviceAccount: 'lakebench-spark',
    scratch: { type: 'empty-dir', storage_class: '', size: null },
    placement: ANY_NODE,
    conf: {},
  }),
})
await spark.prepare(plan, { run_id: newRunId(), run_dir: folder })

/** Method and kind of each request, and how many there were; those that open a watch are left out. */
const sent = new Map<string, number>()
let counting = false
subscribe('http.client.request.start', message => {
  const { request } = message as { request: { method: string; path: string } }
  const url = new URL(request.path, 'http://x')
  if (!counting || url.searchParams.has('watch')) return
  const kind = url.pathname.replace(/^.*\/namespaces\/[^/]+\//, '').replace(/^([^/]+)\/[^/]+/, '$1')
  const key = `${request.method} ${kind}`
  sent.set(key, (sent.get(key) ?? 0) + 1)
})

const figures = {
  floor: [] as number[],
  ours: [] as number[],
  before: [] as number[],
  after: [] as number[],
}
let manifest = ''
let countedSince = 0
for (let round = 0; round <= rounds; round++) {
  const states = new Map<string, number>()
  const begun = performance.now()
  await spark.run(
    { name: 'bronze-verify', module: 'counts', job: 'none' },
    {
      signal: new AbortController().signal,
      onState: (state, detail) => {
        states.set(state, performance.now())
        if (state === 'created')
          manifest = kubectl('get', 'sparkapplication', detail!, '-o', 'json')
      },
    },
  )
  const ended = performance.now()
  const bare = await bareApplication(JSON.parse(manifest), round)
  // The first round pays for the claim and the files of the run, and warms both.
  if (round === 0) {
    counting = true
    countedSince = performance.now()
    continue
  }
  figures.floor.push(bare)
  figures.ours.push((ended - begun) / 1000)
  figures.before.push((states.get('created')! - begun) / 1000)
  figures.after.push((ended - states.get('completed')!) / 1000)
  console.log(
    `round ${round}: bare ${bare.toFixed(1)} s, ours ${figures.ours.at(-1)!.toFixed(1)} s`,
  )
}
counting = false
const minutes = (performance.now() - countedSince) / 60_000
await spark.close()
rmSync(folder, { recursive: true, force: true })

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const last = sorted.length - 1
  return (sorted[Math.floor(last / 2)]! + sorted[Math.ceil(last / 2)]!) / 2
}
console.log(
  `median of ${rounds}: bare ${median(figures.floor).toFixed(2)} s, ours ${median(figures.ours).toFixed(2)} s`,
)
console.log(
  `difference of the pairs ${median(figures.ours.map((o, i) => o - figures.floor[i]!)).toFixed(2)} s`,
)
console.log(
  `in ours: before the application ${median(figures.before).toFixed(3)} s, after COMPLETED ${median(figures.after).toFixed(3)} s`,
)
const ofJobs = [...sent].filter(([key]) => !/leases/.test(key))
const perJob = ofJobs.reduce((sum, [, count]) => sum + count, 0) / rounds
const renewals =
  [...sent].filter(([key]) => /leases/.test(key)).reduce((sum, [, count]) => sum + count, 0) /
  minutes
const jobMinutes = median(figures.ours) / 60
console.log(
  `requests of a job: ${ofJobs.map(([key, count]) => `${key} ${(count / rounds).toFixed(1)}`).join(', ')}`,
)
console.log(`requests beside the jobs: ${renewals.toFixed(1)} a minute`)
console.log(
  `requests a minute: ${(perJob / jobMinutes + renewals).toFixed(1)} while a job of ${(60 * jobMinutes).toFixed(0)} s runs, ${(perJob + renewals + 1).toFixed(1)} in the first minute of a longer one`,
)

/** Seconds from kubectl's create to COMPLETED in its own watch. */
async function bareApplication(
  like: { metadata: Record<string, unknown>; status?: object },
  round: number,
): Promise<number> {
  const name = `bare-${process.pid}-${round}`
  const { labels, ownerReferences } = like.metadata
  const bare = JSON.stringify({
    ...like,
    status: undefined,
    metadata: { name, labels, ownerReferences },
  })
  const begun = performance.now()
  execFileSync(env('_KUBECTL'), ['-n', env('_NAMESPACE'), 'create', '-f', '-'], { input: bare })
  const watch = spawn(env('_KUBECTL'), [
    '-n',
    env('_NAMESPACE'),
    'get',
    'sparkapplication',
    name,
    '--watch',
    '-o',
    'jsonpath={.status.applicationState.state}{"\\n"}',
  ])
  let seen = ''
  await new Promise<void>((resolve, reject) => {
    watch.stdout.on('data', (chunk: Buffer) => {
      seen += chunk
      if (/COMPLETED/.test(seen)) resolve()
      if (/FAILED/.test(seen)) reject(new Error(`the bare application failed: ${seen}`))
    })
    watch.on('exit', () => reject(new Error('kubectl ended')))
  })
  const seconds = (performance.now() - begun) / 1000
  watch.kill()
  kubectl('delete', 'sparkapplication', name)
  return seconds
}
