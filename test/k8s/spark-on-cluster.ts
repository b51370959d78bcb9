import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunPlan } from '../../src/contracts/plan'
import { findSpark } from '../../src/engines/spark/submit/find-spark'
import type { ApplicationSettings } from '../../src/engines/spark/submit/kubernetes/application-request'
import { KubernetesSpark } from '../../src/engines/spark/submit/kubernetes/kubernetes-spark'
import { OperatorSubmission } from '../../src/engines/spark/submit/kubernetes/operator-submission'
import { SubmitSubmission } from '../../src/engines/spark/submit/kubernetes/submit-submission'
import { ANY_NODE } from '../../src/kubernetes/placement'
import { newRunId } from '../../src/pipeline/run-folder'
import { redactor } from '../../src/shared/redaction'
import { tempDir } from '../support/fake-parts'
import { apiAs, cluster, type User } from './cluster'
import { programsFolder } from './programs'

const MIB = 2 ** 20
const shape = { cores: 0.2, memory: 512 * MIB, memory_overhead: 384 * MIB }

export const SECRET = 'hunter2-hunter2'

export interface Trial {
  readonly user?: User
  readonly submit?: 'operator' | 'spark-submit'
  /** PEM certificates that pods trust. */
  readonly authorities?: readonly string[]
  readonly runId?: string
  readonly pendingSeconds?: number
  readonly settings?: Partial<ApplicationSettings>
  readonly driver?: Partial<typeof shape>
  readonly executor?: Partial<typeof shape>
  readonly executors?: number
}

export interface OpenTrial {
  readonly spark: KubernetesSpark
  readonly runId: string
  readonly runDir: string
  readonly states: { readonly state: string; readonly detail: string | null; readonly at: number }[]
  run(program: string, options?: { argument?: string; signal?: AbortSignal }): Promise<void>
  /** The whole output of the last driver; ends the run. */
  log(): Promise<string>
}

/** Spark on the cluster with small pods and programs of its own: for what becomes of applications, without a pipeline. */
export async function openTrial(trial: Trial = {}): Promise<OpenTrial> {
  const runDir = tempDir()
  const runId = trial.runId ?? newRunId()
  const api = await apiAs(trial.user ?? 'bench')
  const { env } = process
  const spark = new KubernetesSpark({
    api,
    submission:
      trial.submit === 'spark-submit'
        ? new SubmitSubmission({ api, context: '', spark: () => findSpark({ home: '', env }) })
        : new OperatorSubmission(api),
    jobsFolder: programsFolder(),
    pendingSeconds: trial.pendingSeconds ?? 60,
    secretEnv: { LAKE_SECRET: SECRET },
    redact: redactor([SECRET]),
    authorities: trial.authorities ?? [],
    settings: () => ({
      image: cluster.image(),
      pullSecrets: [],
      serviceAccount: 'lakebench-spark',
      scratch: { type: 'empty-dir', storage_class: '', size: null },
      placement: ANY_NODE,
      conf: {
        'spark.ui.enabled': 'false',
        'spark.hadoop.fs.s3a.endpoint': 'http://127.0.0.1:1',
        'spark.hadoop.fs.s3a.retry.limit': '0',
        'spark.hadoop.fs.s3a.attempts.maximum': '1',
      },
      ...trial.settings,
    }),
  })
  await spark.prepare(planOf(trial), { run_id: runId, run_dir: runDir })
  const states: { state: string; detail: string | null; at: number }[] = []
  let count = 0
  return {
    spark,
    runId,
    runDir,
    states,
    run: (program, { argument = 'none', signal = new AbortController().signal } = {}) => {
      count++
      return spark.run(
        { name: 'bronze-verify', module: program, job: argument },
        {
          signal,
          onState: (state, detail) => states.push({ state, detail, at: performance.now() }),
        },
      )
    },
    log: async () => {
      await spark.close()
      const file = readdirSync(runDir).find(name => name.endsWith(`-${count}-bronze-verify.log`))!
      return readFileSync(join(runDir, file), 'utf8')
    },
  }
}

function planOf({ driver, executor, executors = 1 }: Trial): RunPlan {
  const capacity = {
    kind: 'cluster' as const,
    cores: 2,
    memory: 2 ** 33,
    largest_node: { cores: 2, memory: 2 ** 33 },
  }
  const job = {
    job_name: 'bronze-verify' as const,
    tier: 'minimal' as const,
    requested_executors: executors,
    executors,
    shape: { ...shape, scratch: 2 ** 30, ...executor },
    driver: { ...shape, ...driver },
    reasons: [],
  }
  return {
    scale: 0.01,
    tier: 'minimal',
    capacity,
    jobs: [job],
    embedded: null,
    local_spark: null,
    max_result_size: 2 ** 30,
    timeout_seconds: 600,
    warnings: [],
  }
}
