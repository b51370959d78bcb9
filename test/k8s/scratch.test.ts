import { afterEach, expect, test } from 'vitest'
import { eventually, kubectl, leftovers } from './cluster'
import { type OpenTrial, openTrial } from './spark-on-cluster'

let trial: OpenTrial
afterEach(async () => {
  await trial.spark.close()
  expect(await leftovers(`lakebench.io/run=${trial.runId}`)).toEqual([])
})

test('each executor spills to a claim of its own, which is labelled, sized and gone at the end', async () => {
  const scratch = { type: 'pvc' as const, storage_class: 'scratch', size: 3 * 2 ** 30 }
  trial = await openTrial({ settings: { scratch } })
  const running = trial.run('counts')
  running.catch(() => {})
  const claim = await eventually('a bound claim', async () => {
    const { items } = JSON.parse(
      await kubectl(
        'get',
        'persistentvolumeclaims',
        '-l',
        `lakebench.io/run=${trial.runId}`,
        '-o',
        'json',
      ),
    )
    return (
      items.find((item: { status: { phase: string } }) => item.status.phase === 'Bound') ?? null
    )
  })
  expect(claim.spec).toMatchObject({
    storageClassName: 'scratch',
    resources: { requests: { storage: '3Gi' } },
  })
  await running
})
