import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunResult, runBatch } from '../../src/run'
import { removeBuckets, s3Config } from '../stack/s3-buckets'
import { servers } from '../stack/servers'
import { fingerprints } from '../stack/spark-runs'
import { tempDir } from '../support/fake-parts'
import { cluster, eventually, kubeconfig, kubectl, leftovers, s3For } from './cluster'
import { presetConfig } from './preset-config'

const NAME = `lbk8s${Date.now().toString(36)}`
const DATAGEN = { scale: 0.01, file_size: '32mb', workers: 1 }

const config = () =>
  presetConfig(NAME, {
    datagen: DATAGEN,
    kubernetes: { datagen: { image: cluster.toolImage(), pods: 2 } },
  })

const silverLogs = (outputDir: string) =>
  readdirSync(outputDir, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('-silver-build.log'))
    .map(name => join(outputDir, name))

const events = (run: RunResult) =>
  readFileSync(run.paths.events, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

describe('a whole batch run on Kubernetes', () => {
  const dir = tempDir()
  const outputDir = join(dir, 'output')
  let embedded: RunResult
  let broken: RunResult
  let run: RunResult

  beforeAll(async () => {
    process.env.KUBECONFIG = kubeconfig('bench')
    embedded = await runBatch(
      { storage: join(dir, 'embedded'), architecture: { workload: { datagen: DATAGEN as never } } },
      { generate: true, outputDir },
    )
    // The driver of silver is lost while it works; the run that goes on after that is the one that is looked at.
    const first = runBatch(config(), { generate: true, outputDir, reject: false })
    const pod = await eventually(
      'the driver of silver-build',
      async () =>
        (await kubectl(
          'get',
          'pods',
          '-l',
          'lakebench.io/job=silver-build,spark-role=driver',
          '--field-selector=status.phase=Running',
          '-o',
          'name',
        )) || null,
      400,
    )
    // Not before its output is on its way: a driver lost earlier leaves no log.
    await eventually('its log in the run folder', async () => silverLogs(outputDir).length > 0, 400)
    await kubectl('delete', pod, '--grace-period=0', '--force')
    broken = await first
    run = await runBatch(config(), { resume: broken.metrics.run_id, outputDir, reject: false })
  }, 1_500_000)
  afterAll(() => removeBuckets({ ...s3Config(), buckets: s3For(NAME).buckets }))

  test('fails clearly where a driver is lost, with its finished stages kept', () => {
    expect(broken.error!.message).toMatch(
      /^silver-build: The Spark application lb-.* failed \(its driver pod is gone\)|driver/,
    )
    expect(broken.metrics.jobs.filter(j => j.success).map(j => j.job_name)).toEqual([
      'datagen',
      'bronze-verify',
    ])
  })

  test('passes when it is resumed, every stage a SparkApplication', () => {
    expect(run.error).toBeNull()
    expect(run.metrics.verdict).toBe('PASSED')
    const created = events(run).filter(e => e.event === 'job:state' && e.state === 'created')
    expect(created.map(e => e.stage)).toEqual(
      expect.arrayContaining(['bronze-verify', 'silver-build', 'gold-finalize']),
    )
    expect(run.metrics.jobs.find(j => j.job_name === 'silver-build')).toMatchObject({
      engine: 'spark',
      executor_count: 1,
      executor_cores: 0.2,
      success: true,
    })
  })

  test('gives the corpus, the tables and the eight answers of the embedded engine', () => {
    const expected = fingerprints(embedded)
    expect(Object.keys(expected)).toHaveLength(10)
    expect(run.metrics.corpus!.digest).toBe(embedded.metrics.corpus!.digest)
    expect(fingerprints(run)).toEqual(expected)
    const document = (r: RunResult) => JSON.parse(readFileSync(r.paths.verification!, 'utf8'))
    expect(document(run)).toEqual(document(embedded))
  })

  test('had its raw data made by pods', () => {
    const datagen = run.metrics.jobs.find(j => j.job_name === 'datagen')!
    expect(datagen.measurements).toMatchObject({
      pods: 2,
      generated_files: embedded.metrics.corpus!.files,
    })
  })

  test('leaves logs of its drivers, and in the cluster nothing; no secret is in the record', async () => {
    const logs = silverLogs(outputDir)
    expect(logs).toHaveLength(2)
    // The lost one may have got no further than its start.
    expect(logs.map(log => readFileSync(log, 'utf8')).join('')).toMatch(/SparkContext/)
    expect(await leftovers()).toEqual([])
    const { access_key, secret_key } = servers.s3()
    for (const path of [run.paths.metrics, run.paths.events, run.paths.plan, run.paths.report])
      for (const secret of [secret_key, access_key])
        expect(readFileSync(path, 'utf8')).not.toContain(secret)
  })

  test('lists its objects no more often than promised, and asks for little beside', () => {
    const { kubernetes_requests } = run.metrics.environment as { kubernetes_requests: number }
    const minutes = run.metrics.total_elapsed_seconds / 60
    // Claim, files, capacity, rights and cleanup come once; of jobs that run, 60 lists a minute and little else.
    expect((kubernetes_requests - 120) / minutes).toBeLessThan(70)
  })
})
