import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { CapacityError } from '../../src/contracts/errors'
import { ANY_NODE } from '../../src/kubernetes/placement'
import { servers } from '../stack/servers'
import { tempDir } from '../support/fake-parts'
import { makeAuthority } from '../support/private-authority'
import { cluster, kubectl, leftovers } from './cluster'
import { type OpenTrial, openTrial } from './spark-on-cluster'
import { tlsFront } from './tls-front'

/** The only node has a taint. */
beforeAll(() => kubectl('taint', 'nodes', '--all', 'lakebench.test/only=spark:NoSchedule'))
afterAll(() => kubectl('taint', 'nodes', '--all', 'lakebench.test/only-'))

const tolerations = [
  {
    key: 'lakebench.test/only',
    operator: 'Equal' as const,
    value: 'spark',
    effect: 'NoSchedule',
    toleration_seconds: null,
  },
]

let trial: OpenTrial
afterEach(async () => {
  await trial.spark.close()
  expect(await leftovers(`lakebench.io/run=${trial.runId}`)).toEqual([])
})

test('pods that do not bear the taint of a node are told of, and which settings would help', async () => {
  trial = await openTrial({ pendingSeconds: 8 })
  const error = await trial.run('counts').catch(e => e)
  expect(error).toBeInstanceOf(CapacityError)
  expect(error.message).toMatch(/untolerated taint.*platform\.kubernetes\.tolerations/s)
})

test('with a selector that no node has, likewise', async () => {
  trial = await openTrial({
    pendingSeconds: 8,
    settings: { placement: { tolerations, node_selector: { pool: 'no-such-pool' } } },
  })
  await expect(trial.run('counts')).rejects.toThrow(
    /node affinity\/selector.*platform\.kubernetes\.node_selector/s,
  )
})

test('drivers and executors that bear it run there, and trust the authority of the config', async () => {
  const { caPath, key, cert } = makeAuthority(tempDir(), [cluster.address()])
  const front = await tlsFront(servers.s3().endpoint, { key, cert })
  const address = `https://${cluster.address()}:${front.port}/`
  try {
    trial = await openTrial({
      authorities: [readFileSync(caPath, 'utf8')],
      settings: { placement: { ...ANY_NODE, tolerations } },
    })
    await trial.run('asks', { argument: address })
    expect(await trial.log()).toMatch(/counted 10, answered \d{3}/)
  } finally {
    await front.close()
  }
})

test('without the authority they do not', async () => {
  const { key, cert } = makeAuthority(tempDir(), [cluster.address()])
  const front = await tlsFront(servers.s3().endpoint, { key, cert })
  try {
    trial = await openTrial({ settings: { placement: { ...ANY_NODE, tolerations } } })
    const asking = trial.run('asks', { argument: `https://${cluster.address()}:${front.port}/` })
    await expect(asking).rejects.toThrow(/PKIX|certif/)
  } finally {
    await front.close()
  }
})
