import { describe, expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import { status } from '../../src/platforms/status'
import { kubeconfig, s3For } from './cluster'
import { openTrial } from './spark-on-cluster'

describe('rights', () => {
  test('a user without them is told which one is missing', async () => {
    const trial = await openTrial({ user: 'nobody' })
    const error = await trial.run('counts').catch(e => e)
    expect(error).toBeInstanceOf(PrerequisiteError)
    expect(error.message).toMatch(
      /the user nobody lacks the right to \w+ leases\.coordination\.k8s\.io in namespace/,
    )
  })

  test('status lists what each user lacks, and is content with those of deploy/', async () => {
    const config = {
      preset: 'kubernetes' as const,
      platform: {
        storage: { type: 's3' as const, s3: s3For('lbk8s') },
        kubernetes: { image: 'x', scratch: { storage_class: 'scratch' } },
      },
      architecture: { query_engine: { type: 'none' as const } },
    }
    const asked = async (user: 'bench' | 'nobody', change = {}) => {
      process.env.KUBECONFIG = kubeconfig(user)
      return (await status({ ...config, ...change })).find(p => p.part === 'kubernetes')!
    }
    const well = await asked('bench')
    expect(well).toMatchObject({ healthy: true, version: expect.stringMatching(/^v1\./) })
    expect(well.details.join(' ')).toMatch(
      /SparkApplication .* is there\. .*All \d+ rights.*granted/,
    )
    const poor = await asked('nobody')
    expect(poor.healthy).toBe(false)
    expect(poor.details.join(' ')).toMatch(
      /missing: create sparkapplications\.sparkoperator\.k8s\.io, .*list nodes in the whole cluster/,
    )
    const wrongClass = await asked('bench', {
      platform: { ...config.platform, kubernetes: { scratch: { storage_class: 'fast' } } },
    })
    expect(wrongClass.details.join(' ')).toMatch(/There is no storage class fast/)
  })
})
