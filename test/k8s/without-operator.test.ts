import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LakebenchConfigInput } from '../../src/config/schema'
import { CapacityError, JobFailedError, PrerequisiteError } from '../../src/contracts/errors'
import { status } from '../../src/platforms/status'
import { type RunResult, runBatch } from '../../src/run'
import { removeBuckets, s3Config } from '../stack/s3-buckets'
import { servers } from '../stack/servers'
import { fingerprints, useSpark } from '../stack/spark-runs'
import { tempDir } from '../support/fake-parts'
import { makeAuthority } from '../support/private-authority'
import {
  apply,
  cluster,
  eventually,
  everything,
  kubeconfig,
  kubectl,
  s3For,
  startParts,
  stopPart,
} from './cluster'
import { presetConfig } from './preset-config'
import { type OpenTrial, openTrial, SECRET, type Trial } from './spark-on-cluster'
import { type TlsFront, tlsFront } from './tls-front'

/** A cluster on which nobody installed the operator: neither it nor its kinds are there. */
beforeAll(async () => {
  useSpark()
  await stopPart('spark-operator')
  await kubectl(
    'delete',
    'crd',
    'sparkapplications.sparkoperator.k8s.io',
    'scheduledsparkapplications.sparkoperator.k8s.io',
  )
})
afterAll(startParts)

const KINDS = 'pods,services,configmaps,secrets,persistentvolumeclaims,leases'
const BASE = {
  preset: 'kubernetes' as const,
  platform: { kubernetes: { image: 'x', scratch: { storage_class: 'scratch' } } },
  architecture: { query_engine: { type: 'none' as const } },
}

describe('jobs for an operator that is not there', () => {
  test('are refused, and the error says how to do without one', async () => {
    const trial = await openTrial()
    const error = await trial.run('counts').catch(e => e)
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(
      /has no SparkApplications.*platform\.kubernetes\.submit: spark-submit/s,
    )
    await trial.spark.close()
    expect(await everything(KINDS)).toEqual([])
  })

  test('are found out by status, which is content where spark-submit does it', async () => {
    process.env.KUBECONFIG = kubeconfig('bench')
    const asked = async (submit: 'operator' | 'spark-submit') => {
      const { kubernetes } = BASE.platform
      const config = {
        ...BASE,
        platform: { storage: { s3: s3For('lbk8s') }, kubernetes: { ...kubernetes, submit } },
      }
      return (await status(config as LakebenchConfigInput)).find(p => p.part === 'kubernetes')!
    }
    const poor = await asked('operator')
    expect(poor.healthy).toBe(false)
    expect(poor.details.join(' ')).toMatch(
      /no SparkApplications: install .*platform\.kubernetes\.submit: spark-submit/,
    )
    const well = await asked('spark-submit')
    expect(well.details.join(' ')).toMatch(
      /All \d+ rights.*granted.*submitted by the spark-submit of Spark 4\./,
    )
    expect(well.healthy).toBe(true)
  })
})

describe('a job that spark-submit submits', () => {
  let trial: OpenTrial
  const open = async (options: Trial = {}) => {
    trial = await openTrial({ submit: 'spark-submit', ...options })
    return trial
  }
  afterEach(async () => {
    await trial.spark.close()
    // Also what Spark makes beside the pods, without our labels.
    await eventually(
      'nothing is left',
      async () => (await everything(KINDS)).length === 0,
      30,
    ).catch(async () => {
      throw new Error(`left: ${await everything(KINDS)}`)
    })
  })

  test('completes, tells its states, leaves its log and nothing else, and shows no secret anywhere', async () => {
    const { run, states, log } = await open()
    const running = run('counts', { argument: 's3://somewhere/job.json' })
    await eventually('running', async () => states.some(s => s.state === 'running'))
    const seen = await Promise.all(
      ['pods', 'configmaps', 'events'].map(kind => kubectl('get', kind, '-o', 'yaml')),
    )
    await running
    expect(states.map(s => s.state).filter(s => s !== 'waiting')).toEqual(
      ['created', 'submitted', 'running', 'completed'].filter(
        s => s !== 'submitted' || states.some(t => t.state === s),
      ),
    )
    const text = await log()
    expect(text).toMatch(/counted 1000 with \*\*\* s3:\/\/somewhere\/job.json/)
    const submitLog = readdirSync(trial.runDir).find(name => name.startsWith('submit-'))!
    for (const shown of [...seen, text, readFileSync(join(trial.runDir, submitLog), 'utf8')]) {
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(Buffer.from(SECRET).toString('base64'))
    }
  })

  test('and that fails says the exception of its Python, the exit code and the log', async () => {
    const error = await (await open()).run('fails').catch(e => e)
    expect(error).toBeInstanceOf(JobFailedError)
    expect(error.message).toMatch(/failed \(exit code 1\): ValueError: the document is empty/)
  })

  test('whose driver pod was deleted says so, and that a run can be resumed', async () => {
    const { run, states } = await open()
    const failed = run('sleeps', { argument: '120' }).catch(e => e)
    await eventually('running', async () => states.some(s => s.state === 'running'))
    const driver = `lakebench.io/run=${trial.runId},spark-role=driver`
    await kubectl('delete', 'pods', '-l', driver, '--grace-period=0', '--force')
    expect((await failed).message).toMatch(/driver pod is gone.*resume/s)
  })

  test('ends with its signal, while spark-submit works as well as later', async () => {
    const { run } = await open()
    for (const moment of ['submitting', 'running']) {
      const stop = new AbortController()
      const before = trial.states.length
      const ended = run('sleeps', { argument: '300', signal: stop.signal }).catch(e => e)
      if (moment === 'running')
        await eventually('running', async () =>
          trial.states.slice(before).some(s => s.state === 'running'),
        )
      else await new Promise(done => setTimeout(done, 2500))
      stop.abort(new Error(`enough of ${moment}`))
      expect((await ended).message).toBe(`enough of ${moment}`)
      expect(await kubectl('get', 'pods', '-o', 'name')).toBe('')
    }
  })

  test('that exceeds a quota says so', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small' },
      spec: { hard: { 'requests.memory': '100Mi' } },
    })
    try {
      const error = await (await open()).run('counts').catch(e => e)
      expect(error).toBeInstanceOf(CapacityError)
      expect(error.message).toMatch(/quota.*exceeded quota: small.*Have it raised.*Log: /s)
    } finally {
      await kubectl('delete', 'resourcequota', 'small')
    }
  })

  test('for want of a right is told which, and what to apply', async () => {
    await kubectl('delete', 'rolebinding', 'bench-submit')
    try {
      const error = await (await open()).run('counts').catch(e => e)
      expect(error).toBeInstanceOf(PrerequisiteError)
      expect(error.message).toMatch(
        /spark-submit may not submit .*cannot (patch|create) resource.*deploy\/rbac-submit\.yaml/s,
      )
    } finally {
      await kubectl(
        'create',
        'rolebinding',
        'bench-submit',
        '--role=lakebench-submit',
        '--user=bench',
      )
    }
  })
})

describe('a whole batch run without the operator, on a node with a taint, against a store of a private authority', () => {
  const NAME = `lbsub${Date.now().toString(36)}`
  const DATAGEN = { scale: 0.01, file_size: '32mb', workers: 1 }
  const dir = tempDir()
  let front: TlsFront
  let embedded: RunResult
  let run: RunResult

  beforeAll(async () => {
    process.env.KUBECONFIG = kubeconfig('bench')
    const { caPath, key, cert } = makeAuthority(dir, ['127.0.0.1', cluster.address()])
    front = await tlsFront(servers.s3().endpoint, { key, cert })
    const at = (host: string) => `https://${host}:${front.port}`
    const config = presetConfig(NAME, {
      datagen: DATAGEN,
      s3: {
        endpoint: at('127.0.0.1'),
        endpoint_in_cluster: at(cluster.address()),
        ca_cert: caPath,
      },
      kubernetes: {
        submit: 'spark-submit',
        node_selector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ key: 'lakebench.test/only', value: 'spark', effect: 'NoSchedule' }],
        datagen: { image: cluster.toolImage(), pods: 1 },
      },
    })
    const taint = (change: string) => kubectl('taint', 'nodes', '--all', change)
    await taint('lakebench.test/only=spark:NoSchedule')
    try {
      embedded = await runBatch(
        {
          storage: join(dir, 'embedded'),
          architecture: { workload: { datagen: DATAGEN as never } },
        },
        { generate: true, outputDir: join(dir, 'output') },
      )
      run = await runBatch(config, {
        generate: true,
        outputDir: join(dir, 'output'),
        reject: false,
      })
    } finally {
      await taint('lakebench.test/only-')
    }
  }, 1_500_000)
  afterAll(async () => {
    await front.close()
    await removeBuckets({ ...s3Config(), buckets: s3For(NAME).buckets })
  })

  test('passes, with the tables and the eight answers of the embedded engine', () => {
    expect(run.error).toBeNull()
    expect(run.metrics.verdict).toBe('PASSED')
    const expected = fingerprints(embedded)
    expect(Object.keys(expected)).toHaveLength(10)
    expect(fingerprints(run)).toEqual(expected)
  })

  test('leaves nothing in the cluster, and no secret in the record or a log', async () => {
    expect(await everything(KINDS)).toEqual([])
    const { secret_key } = servers.s3()
    for (const name of readdirSync(run.paths.run_dir, { recursive: true, withFileTypes: true }))
      if (name.isFile())
        expect(readFileSync(join(name.parentPath, name.name), 'utf8')).not.toContain(secret_key)
  })
})
