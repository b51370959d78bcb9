import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import { localPlace } from '../../src/corpus-place'
import { admitShards, generateCorpus, generateShard, readCorpus } from '../../src/datagen/corpus'
import { collectShards, shardFiles } from '../../src/datagen/shards'
import { tempDir } from '../support/fake-parts'

const config = resolveConfig({
  scale: 0.002,
  architecture: { workload: { datagen: { file_size: '2mb', workers: 1 } } },
}).architecture.workload.datagen
const signal = new AbortController().signal
const shard = (root: string, index: number, count: number) =>
  generateShard({ place: localPlace(root), config, signal, shard: { index, count } })

describe('a corpus made in shards', () => {
  it('has the digest of one that a single process made, and goes on where a shard or an attempt ended', async () => {
    const dir = tempDir()
    const [one, many] = [join(dir, 'one'), join(dir, 'many')]
    const { corpus } = await generateCorpus({ place: localPlace(one), config, signal })
    const place = localPlace(many)
    const { parameters, missing } = await admitShards(place, config, false)
    expect(missing).toBe(corpus.files)
    await Promise.all([shard(many, 0, 3), shard(many, 2, 3)])
    expect((await readCorpus(place.store))!.parameters).toMatchObject({ complete: false })
    expect((await shardFiles(place.store)).length).toBeGreaterThan(0)

    // A shard that lost a file makes that one; a later attempt with another number of shards makes the rest.
    const lost = (await shardFiles(place.store)).find(f => f.index % 3 === 0)!
    rmSync(join(many, lost.key))
    expect(await shard(many, 0, 3)).toMatchObject({ generated_files: 1 })
    const again = await admitShards(place, config, false)
    expect(again.missing).toBe(
      again.manifest.files.length < corpus.files! ? corpus.files! - again.manifest.files.length : 0,
    )
    const made = await Promise.all([shard(many, 0, 2), shard(many, 1, 2)])
    expect(made.reduce((sum, m) => sum + m.generated_files, 0)).toBe(again.missing)

    const whole = await collectShards(place.store, parameters)
    expect(whole).toMatchObject({ complete: true, digest: corpus.digest })
    expect(await shardFiles(place.store)).toEqual([])
    expect(await readCorpus(place.store)).toEqual(corpus)
  })

  it('refuses a place that holds another corpus', async () => {
    const dir = tempDir()
    await generateCorpus({ place: localPlace(dir), config, signal })
    await expect(admitShards(localPlace(dir), { ...config, seed: 7 }, false)).rejects.toThrow(/another corpus/)
  })
})
