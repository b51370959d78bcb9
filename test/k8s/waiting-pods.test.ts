import { afterEach, describe, expect, test } from 'vitest'
import { CapacityError, PrerequisiteError } from '../../src/contracts/errors'
import { apply, kubectl, leftovers } from './cluster'
import { type OpenTrial, openTrial, type Trial } from './spark-on-cluster'

let trial: OpenTrial

async function failure(options: Trial): Promise<Error & { seconds: number }> {
  trial = await openTrial(options)
  const begun = performance.now()
  const error = await trial.run('counts').then(
    () => new Error('it completed'),
    e => e,
  )
  return Object.assign(error, { seconds: (performance.now() - begun) / 1000 })
}

afterEach(async () => {
  await trial.spark.close()
  expect(await leftovers(`lakebench.io/run=${trial.runId}`)).toEqual([])
})

describe('pods that will not run', () => {
  test('for want of an image are told of within half a minute, where the operator would wait for ever', async () => {
    const error = await failure({ settings: { image: 'lakebench.test/no-such-image:1' } })
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(/ErrImagePull|ImagePullBackOff/)
    expect(error.message).toMatch(/platform.kubernetes.image/)
    // From when there are pods: until then the operator starts a Java of its own.
    const submitted = trial.states.find(s => s.state === 'submitted' || s.state === 'running')!
    const waiting = trial.states.find(s => s.state === 'waiting')!
    expect((waiting.at - submitted.at) / 1000).toBeLessThan(30)
  })

  test('because no node is large enough say what the scheduler says', async () => {
    const error = await failure({ pendingSeconds: 8, driver: { cores: 64 } })
    expect(error).toBeInstanceOf(CapacityError)
    expect(error.message).toMatch(/Insufficient cpu/)
    expect(error.message).toMatch(/profile_share/)
  })

  test('because executors find no node, while their driver waits for ever', async () => {
    const error = await failure({ pendingSeconds: 8, executor: { memory: 200 * 2 ** 30 } })
    expect(error).toBeInstanceOf(CapacityError)
    expect(error.message).toMatch(/Insufficient memory/)
  })

  test('because their scratch volume is bound by nobody name the storage class setting', async () => {
    const scratch = { type: 'pvc' as const, storage_class: 'nowhere', size: null }
    const error = await failure({ pendingSeconds: 8, settings: { scratch } })
    expect(error.message).toMatch(/unbound immediate PersistentVolumeClaims|volume/i)
    expect(error.message).toMatch(/platform.kubernetes.scratch.storage_class/)
  })
})

describe('a quota of the namespace', () => {
  const quota = (hard: Record<string, string>) =>
    apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard } })
  afterEach(() => kubectl('delete', 'resourcequota', 'small', '--ignore-not-found'))

  test('that the driver exceeds is named', async () => {
    await quota({ 'requests.memory': '100Mi' })
    const error = await failure({})
    expect(error).toBeInstanceOf(CapacityError)
    expect(error.message).toMatch(/quota.*exceeded quota: small.*Have it raised/s)
  })

  test('that the executors exceed is named, though their driver asks again for ever', async () => {
    await quota({ pods: '1' })
    const error = await failure({ pendingSeconds: 10 })
    expect(error).toBeInstanceOf(CapacityError)
    expect(error.message).toMatch(/executors.*exceed a quota.*exceeded quota: small/s)
  })
})
