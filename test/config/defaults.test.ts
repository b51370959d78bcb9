import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { resolveConfig } from '../../src/config/resolve'

const GIB = 2 ** 30

describe('defaults', () => {
  const config = resolveConfig({}, { env: {} })

  it('is the embedded preset at scale 0.1 when nothing is given', () => {
    expect(config.preset).toBe('embedded')
    expect(config.platform.storage).toEqual({ type: 'local', path: './lakebench-data' })
    expect(config.architecture.pipeline_engine).toBe('embedded')
    expect(config.architecture.catalog.type).toBe('hadoop')
    expect(config.architecture.query_engine.type).toBe('duckdb')
    expect(config.architecture.workload.datagen).toEqual({
      scale: 0.1,
      seed: 42,
      file_size: 512 * 2 ** 20,
      dirty_data_ratio: 0.08,
      zipf_exponent: 1.5,
      date_skew: 0,
      timestamp_start: '2024-01-01T00:00:00.000Z',
      timestamp_end: '2025-01-01T00:00:00.000Z',
      event_clock: 'uniform',
      workers: null,
      rows_per_second: null,
    })
  })

  it('has the page’s continuous defaults, thresholds and tables', () => {
    const { pipeline, tables, benchmark } = config.architecture
    expect(pipeline.continuous).toEqual({
      profile: 'default',
      bronze_trigger_interval: 30,
      silver_trigger_interval: 60,
      gold_refresh_interval: 300,
      run_duration: 1800,
      max_files_per_trigger: 50,
      checkpoint_base: 'checkpoints',
      benchmark_interval: 300,
      benchmark_warmup: 300,
      bronze_target_file_size_mb: 512,
      silver_target_file_size_mb: 512,
      gold_target_file_size_mb: 128,
    })
    expect(pipeline.strategy_thresholds).toEqual({
      streaming: 100 * GIB,
      chunked: 5120 * GIB,
      skew: 100,
    })
    expect(pipeline.gold_partitioning).toBe('month')
    expect(tables).toEqual({
      bronze: 'default.bronze_raw',
      silver: 'silver.customer_interactions_enriched',
      gold: 'gold.customer_executive_dashboard',
    })
    expect(benchmark).toMatchObject({
      mode: 'power',
      streams: 4,
      cache: 'hot',
      iterations: 5,
      min_seconds: 1,
      classes: null,
    })
  })

  it.each([
    ['local-spark', 'spark', 'trino', 'local', 's3'],
    ['kubernetes', 'spark', 'trino', 'kubernetes', 's3'],
  ] as const)(
    'preset %s decides engines, runner and storage, at scale 10',
    (preset, engine, query, runner, storage) => {
      const { platform, architecture } = resolveConfig({ preset }, { env: {} })
      expect(architecture.pipeline_engine).toBe(engine)
      expect(architecture.query_engine.type).toBe(query)
      expect(platform.compute.spark.runner).toBe(runner)
      expect(platform.storage.type).toBe(storage)
      expect(architecture.workload.datagen.scale).toBe(10)
      expect(architecture.catalog.type).toBe('rest')
    },
  )

  it.each([{ storage: '/mnt/data' }, { platform: { storage: { type: 'local' as const } } }])(
    'preset local-spark over local files needs no servers (%j)',
    input => {
      const { platform, architecture } = resolveConfig(
        { preset: 'local-spark', ...input },
        { env: {} },
      )
      expect(platform.storage.type).toBe('local')
      expect([
        architecture.pipeline_engine,
        architecture.catalog.type,
        architecture.query_engine.type,
      ]).toEqual(['spark', 'hadoop', 'duckdb'])
    },
  )

  it('lays the user’s values over the preset’s', () => {
    const { platform, architecture } = resolveConfig({
      preset: 'kubernetes',
      storage: '/mnt/shared',
      architecture: { query_engine: { type: 'none' } },
    })
    expect(platform.storage).toEqual({ type: 'local', path: '/mnt/shared' })
    expect(architecture.query_engine.type).toBe('none')
    expect(architecture.pipeline_engine).toBe('spark')
  })

  it('lays given defaults between preset and input', () => {
    const defaults = { scale: 5, seed: 7 }
    const { datagen } = resolveConfig({ seed: 8 }, { defaults }).architecture.workload
    expect(datagen.scale).toBe(5)
    expect(datagen.seed).toBe(8)
  })

  it('is deep frozen', () => {
    const write = () => {
      ;(config.architecture.workload.datagen as { scale: number }).scale = 2
    }
    expect(write).toThrow(TypeError)
    expect(Object.isFrozen(config.platform.kubernetes.image_pull_secrets)).toBe(true)
  })

  it('takes a resolved config as input: unchanged as it is, equal as a copy, open to overrides', async () => {
    expect(resolveConfig(config)).toEqual(config)
    expect(resolveConfig(JSON.parse(JSON.stringify(config)))).toEqual(config)
    const bigger = await loadConfig(config, { scale: 3, storage: '/elsewhere' })
    expect(bigger.architecture.workload.datagen.scale).toBe(3)
    expect(bigger.platform.storage).toEqual({ type: 'local', path: '/elsewhere' })
    expect(config.architecture.workload.datagen.scale).toBe(0.1)
  })
})
