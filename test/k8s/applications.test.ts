import { afterEach, describe, expect, test } from 'vitest'
import { JobFailedError, PrerequisiteError } from '../../src/contracts/errors'
import { eventually, kubectl, leftovers } from './cluster'
import { type OpenTrial, openTrial, SECRET, type Trial } from './spark-on-cluster'

let trial: OpenTrial
const open = async (options: Trial = {}) => {
  trial = await openTrial(options)
  return trial
}

afterEach(async () => {
  await trial.spark.close()
  expect(await leftovers(`lakebench.io/run=${trial.runId}`)).toEqual([])
})

const driverPod = () =>
  eventually(
    'a driver pod',
    async () =>
      (await kubectl(
        'get',
        'pods',
        '-l',
        `lakebench.io/run=${trial.runId},spark-role=driver`,
        '-o',
        'name',
      )) || null,
  )

describe('an application that goes well', () => {
  test('completes, tells its states, leaves its log and nothing else, and shows no secret anywhere', async () => {
    const { run, states, log } = await open()
    const running = run('counts', { argument: 's3://somewhere/job.json' })
    await driverPod()
    const seen = await Promise.all(
      ['sparkapplications', 'pods', 'configmaps', 'events'].map(kind =>
        kubectl('get', kind, '-o', 'yaml'),
      ),
    )
    await running
    expect(states.map(s => s.state).filter(s => s !== 'waiting')).toEqual(
      ['created', 'submitted', 'running', 'succeeding', 'completed'].filter(s =>
        states.some(t => t.state === s),
      ),
    )
    expect(states.at(-1)!.state).toBe('completed')
    const text = await log()
    expect(text).toMatch(/counted 1000 with \*\*\* s3:\/\/somewhere\/job.json/)
    for (const shown of [...seen, text]) {
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(Buffer.from(SECRET).toString('base64'))
    }
  })

  test('survives the loss of an executor', async () => {
    const { run } = await open()
    const running = run('sleeps', { argument: '12' })
    const executor = await eventually('a running executor', async () => {
      const pods = await kubectl(
        'get',
        'pods',
        '-l',
        `lakebench.io/run=${trial.runId},spark-role=executor`,
        '--field-selector=status.phase=Running',
        '-o',
        'name',
      )
      return pods.split('\n')[0] || null
    })
    await kubectl('delete', executor, '--grace-period=0', '--force')
    await running
    expect(await trial.log()).toMatch(/sleeping 2/)
  })
})

describe('an application that fails', () => {
  test('says the exception of its Python, the exit code and the log, without secrets', async () => {
    const { run, log } = await open()
    const error = await run('fails').catch(e => e)
    expect(error).toBeInstanceOf(JobFailedError)
    expect(error.message).toMatch(/failed \(exit code 1\): ValueError: the document is empty/)
    expect(error.message).toMatch(/Log: .*driver-\w+-1-bronze-verify\.log\nLast lines:/)
    const text = await log()
    expect(error.message + text).not.toContain(SECRET)
    expect(text).toContain('about to fail with ***')
  })

  test('says what to do about a known cause in Java', async () => {
    const { run } = await open()
    await expect(run('fails_in_java')).rejects.toThrow(
      /keys for the store|Nothing answers|access_key|endpoint/,
    )
  })

  test('whose driver ran out of memory says OOMKilled and what to raise', async () => {
    const { run } = await open()
    await expect(run('fills_driver')).rejects.toThrow(/OOMKilled.*driver_memory/s)
  })

  test('whose executors ran out of memory says so', async () => {
    const { run } = await open()
    await expect(run('fills_executor')).rejects.toThrow(
      /executors? (was|were) OOMKilled.*memoryOverhead/s,
    )
  })

  test('whose driver pod was deleted says so, and that a run can be resumed', async () => {
    const { run } = await open()
    const failed = run('sleeps', { argument: '120' }).catch(e => e)
    await eventually('running', async () => trial.states.some(s => s.state === 'running'))
    await kubectl('delete', await driverPod(), '--grace-period=0', '--force')
    const error = await failed
    expect(error).toBeInstanceOf(JobFailedError)
    expect(error.message).toMatch(/driver pod is gone|driver/)
    expect(error.message).toMatch(/resume/)
  })

  test('that somebody else deleted says so', async () => {
    const { run } = await open()
    const failed = run('sleeps', { argument: '120' }).catch(e => e)
    await eventually('running', async () => trial.states.some(s => s.state === 'running'))
    await kubectl(
      'delete',
      'sparkapplications',
      '-l',
      `lakebench.io/run=${trial.runId}`,
      '--wait=false',
    )
    expect((await failed).message).toMatch(/was deleted while it ran, by somebody else/)
  })

  test('that cannot be submitted says the cause', async () => {
    const { run } = await open({ settings: { serviceAccount: 'no-such-account' } })
    const error = await run('counts').catch(e => e)
    expect(error.message).toMatch(/serviceaccount "no-such-account" not found|no-such-account/)
    expect(error).toBeInstanceOf(PrerequisiteError)
  })
})
