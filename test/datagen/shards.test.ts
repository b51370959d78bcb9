import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import { admitShards, generateCorpus, generateShard } from '../../src/datagen/corpus'
import { PAGE_LOCATION } from '../../src/datagen/location'
import { readCorpus } from '../../src/datagen/read-corpus'
import { collectShards, shardFiles } from '../../src/datagen/shards'
import { localPlace } from '../../src/platforms/corpus-target'
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
    const { location, parameters, missing } = await admitShards(place, config, false)
    expect(missing).toBe(corpus.files)
    await Promise.all([shard(many, 0, 3), shard(many, 2, 3)])
    expect((await readCorpus(place.store, PAGE_LOCATION))!.parameters).toMatchObject({
      complete: false,
    })
    expect((await shardFiles(place.store, PAGE_LOCATION)).length).toBeGreaterThan(0)

    // A shard that lost a file makes that one; a later attempt with another number of shards makes the rest.
    const lost = (await shardFiles(place.store, PAGE_LOCATION)).find(f => f.index % 3 === 0)!
    rmSync(join(many, lost.key))
    expect(await shard(many, 0, 3)).toMatchObject({ generated_files: 1 })
    const again = await admitShards(place, config, false)
    expect(again.missing).toBe(
      again.manifest.files.length < corpus.files! ? corpus.files! - again.manifest.files.length : 0,
    )
    const made = await Promise.all([shard(many, 0, 2), shard(many, 1, 2)])
    expect(made.reduce((sum, m) => sum + m.generated_files, 0)).toBe(again.missing)

    const whole = await collectShards(place.store, location, parameters)
    expect(whole).toMatchObject({ complete: true, digest: corpus.digest })
    expect(await shardFiles(place.store, PAGE_LOCATION)).toEqual([])
    expect(await readCorpus(place.store, PAGE_LOCATION)).toEqual(corpus)
  })

  it('is made beside another corpus, by all shards in the same folder', async () => {
    const dir = tempDir()
    const first = await generateCorpus({ place: localPlace(dir), config, signal })
    const other = { ...config, seed: 7 }
    const place = localPlace(dir)
    const { location, parameters, missing } = await admitShards(place, other, false)
    expect(location.prefix).not.toBe(first.corpus.prefix)
    for (const index of [0, 1])
      await generateShard({ place, config: other, signal, shard: { index, count: 2 } })
    const whole = await collectShards(place.store, location, parameters)
    expect(whole.files).toHaveLength(missing)
    expect(whole.complete).toBe(true)
    expect(await readCorpus(place.store, PAGE_LOCATION)).toEqual(first.corpus)
    const alone = await generateCorpus({
      place: localPlace(join(dir, 'alone')),
      config: other,
      signal,
    })
    expect(await readCorpus(place.store, location)).toEqual({
      ...alone.corpus,
      prefix: location.prefix,
    })
  })
})
