import { describe, expect, it } from 'vitest'
import { nested, problemsOf } from './problems'

describe('unknown keys', () => {
  it.each([
    [
      'architecture.workload.datagen.dirty_data_ratoi',
      'architecture.workload.datagen.dirty_data_ratio',
    ],
    ['architecture.pipeline.silverStrategy', 'architecture.pipeline.silver_strategy'],
    ['architecture.workload.datagen.zipf', 'architecture.workload.datagen.zipf_exponent'],
    ['platform.storge', 'platform.storage'],
    ['nmae', 'name'],
    ['genrate', 'generate'],
  ])('%s suggests %s', (path, suggestion) => {
    expect(problemsOf(nested(path, 1))).toEqual([{ path, message: 'unknown key.', suggestion }])
  })

  it('says where a key of another section belongs', () => {
    const [issue] = problemsOf(nested('architecture.benchmark.dirty_data_ratio', 0.1))
    expect(issue!.suggestion).toBe('architecture.workload.datagen.dirty_data_ratio')
  })

  it('names every place of a key that is known in several', () => {
    const [issue] = problemsOf({ mode: 'batch' })
    expect(issue!.message).toContain('`architecture.pipeline.mode`')
    expect(issue!.message).toContain('`architecture.benchmark.mode`')
  })

  it('lists what is known where nothing is near', () => {
    const [issue] = problemsOf(nested('architecture.benchmark.qqqqq', 1))
    expect(issue!.message).toContain(
      'Known here: mode, streams, cache, iterations, min_seconds, classes, seed.',
    )
    expect(issue!.suggestion).toBeUndefined()
  })

  it('reports each one, among other problems', () => {
    expect(problemsOf({ sacle: 1, seeed: 2, scale: 0 }).map(i => i.path)).toEqual([
      'scale',
      'sacle',
      'seeed',
    ])
  })
})
