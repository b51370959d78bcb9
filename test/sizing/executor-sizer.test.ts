import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/config/resolve'
import { CapacityError } from '../../src/contracts/errors'
import type { Capacity } from '../../src/contracts/plan'
import { ExecutorSizer, type SizingRequest } from '../../src/sizing/executor-sizer'

const GIB = 2 ** 30
const machine = (cores: number, gib: number): Capacity => ({
  kind: 'machine',
  cores,
  memory: gib * GIB,
  largest_node: { cores, memory: gib * GIB },
})
const cluster = (
  cores: number,
  gib: number,
  node = { cores: 32, memory: 256 * GIB },
): Capacity => ({
  kind: 'cluster',
  cores,
  memory: gib * GIB,
  largest_node: node,
})
/** Large enough to cap nothing, and below the scale where counts are raised nobody notices. */
const huge = cluster(10_000, 100_000)
const sizer = new ExecutorSizer()
const onSpark = (request: Partial<SizingRequest>) =>
  sizer.plan({ scale: 1, capacity: huge, engine: 'spark', ...request })
const counts = (request: Partial<SizingRequest>) => onSpark(request).jobs.map(job => job.executors)

describe('tiers', () => {
  it.each([
    [0.001, 'minimal', 2],
    [1, 'minimal', 2],
    [5, 'minimal', 2],
    [5.5, 'balanced', 4],
    [6, 'balanced', 4],
    [29, 'balanced', 4],
    [30, 'balanced', 5],
    [35.9, 'balanced', 5],
    [48, 'balanced', 8],
    [50, 'balanced', 8],
    [50.5, 'performance', 8],
    [51, 'performance', 8],
    [269, 'performance', 8],
    [270, 'performance', 9],
    [479, 'performance', 15],
    [480, 'performance', 16],
    [500, 'performance', 16],
    [501, 'extreme', 16],
    [849, 'extreme', 16],
    [850, 'extreme', 17],
    [1599, 'extreme', 31],
    [1600, 'extreme', 32],
    [10_000, 'extreme', 32],
  ] as const)('scale %d is %s and asks for %d executors of each job', (scale, tier, executors) => {
    const plan = sizer.plan({ scale, capacity: machine(8, 32), engine: 'spark' })
    expect(plan.tier).toBe(tier)
    expect(plan.jobs.map(job => [job.job_name, job.tier, job.requested_executors])).toEqual(
      ['bronze-verify', 'silver-build', 'gold-finalize'].map(job => [job, tier, executors]),
    )
  })

  it('never change the shape of an executor', () => {
    for (const scale of [0.001, 100, 10_000]) {
      expect(sizer.plan({ scale, capacity: machine(2, 8) }).jobs.map(job => job.shape)).toEqual([
        { cores: 2, memory: 4 * GIB, memory_overhead: 2 * GIB, scratch: 50 * GIB },
        { cores: 4, memory: 48 * GIB, memory_overhead: 12 * GIB, scratch: 150 * GIB },
        { cores: 4, memory: 32 * GIB, memory_overhead: 8 * GIB, scratch: 100 * GIB },
      ])
    }
  })

  it('refuse a scale that is none', () => {
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => onSpark({ scale })).toThrow(RangeError)
  })
})

describe('timeout', () => {
  it.each([
    [0.001, 3600],
    [60, 3600],
    [60.5, 3630],
    [61, 3660],
    [1000, 60_000],
  ])('at scale %d is %d s', (scale, seconds) =>
    expect(onSpark({ scale }).timeout_seconds).toBe(seconds),
  )

  it('is what is given, and never longer than a timer holds', () => {
    expect(onSpark({ timeoutSeconds: 5 }).timeout_seconds).toBe(5)
    const long = onSpark({ timeoutSeconds: 9_999_999 })
    expect(long.timeout_seconds * 1000).toBeLessThan(2 ** 31)
    expect(long.warnings).toEqual([expect.stringContaining('cut to')])
    expect(() => onSpark({ timeoutSeconds: 0 })).toThrow(RangeError)
  })
})

describe('overrides', () => {
  const all = (n: number) => ({ 'bronze-verify': n, 'silver-build': n, 'gold-finalize': n })

  it('replace the tier’s count, job by job, and are said so', () => {
    const plan = onSpark({ scale: 10, overrides: { 'silver-build': 12, 'gold-finalize': null } })
    expect(plan.jobs.map(job => job.executors)).toEqual([4, 12, 4])
    expect(plan.jobs.map(job => job.requested_executors)).toEqual([4, 4, 4])
    expect(plan.jobs[1]!.reasons.at(-1)).toBe('12 configured')
  })

  it.each([
    [20, 0, 0],
    [21, 3, 0],
    [28, 3, 0],
    [29, 3, 3],
  ])(
    'of %d executors bring %d warnings of driver memory and %d of API polling',
    (n, memory, polling) => {
      const { warnings } = onSpark({ overrides: all(n) })
      expect(warnings.filter(w => w.includes('driver_memory'))).toHaveLength(memory)
      expect(warnings.filter(w => w.includes('API server'))).toHaveLength(polling)
    },
  )

  it('with 24 GiB for the driver need no warning of memory, only of polling', () => {
    expect(onSpark({ overrides: all(28), driverMemory: 24 * GIB }).warnings).toEqual([])
    expect(onSpark({ overrides: all(28), driverMemory: 24 * GIB - 1 }).warnings).toHaveLength(3)
    expect(onSpark({ overrides: all(29), driverMemory: 64 * GIB }).warnings).toHaveLength(3)
  })

  it('win over a smaller cluster, which the plan says', () => {
    const plan = onSpark({ capacity: cluster(20, 1000), overrides: { 'silver-build': 12 } })
    expect(plan.jobs[1]!.executors).toBe(12)
    expect(plan.jobs[1]!.reasons.join()).toContain('only 4 of the 12')
  })
})

describe('maxResultSize', () => {
  it.each([
    [2, 8],
    [17, 8],
    [18, 9],
    [24, 12],
    [31, 15],
    [32, 16],
    [100, 16],
  ])('for %d executors is %d GiB', (n, gib) => {
    expect(onSpark({ overrides: { 'silver-build': n } }).max_result_size).toBe(gib * GIB)
  })

  it('is what spark.conf says, in Spark’s units', () => {
    expect(onSpark({ maxResultSize: '4g' }).max_result_size).toBe(4 * GIB)
    expect(onSpark({ maxResultSize: '512MB' }).max_result_size).toBe(GIB / 2)
    expect(onSpark({ maxResultSize: '0' }).max_result_size).toBe(0)
  })
})

describe('a cluster', () => {
  it('caps what it cannot hold within 90 %, to an even number', () => {
    // 0.9 × 40 = 36 cores: 18 of bronze's 2, 9 of silver's and gold's 4. Memory is plenty.
    expect(counts({ scale: 480, capacity: cluster(40, 10_000) })).toEqual([18, 8, 8])
    // 0.9 × 400 GiB = 360: 60 of bronze's 6, 6 of silver's 60, 9 of gold's 40.
    expect(counts({ scale: 480, capacity: cluster(10_000, 400) })).toEqual([28, 6, 8])
    const plan = onSpark({ scale: 480, capacity: cluster(10_000, 400) })
    expect(plan.jobs[1]!.reasons).toContainEqual(expect.stringContaining('capped to 6'))
  })

  it('raises from scale 51, never above 28, and not before', () => {
    expect(counts({ scale: 50 })).toEqual([8, 8, 8])
    expect(counts({ scale: 51 })).toEqual([28, 28, 28])
    expect(onSpark({ scale: 51 }).jobs[0]!.reasons).toContainEqual(
      expect.stringContaining('raised to 28'),
    )
  })

  it('keeps the table’s 32 where it asks for them', () => {
    expect(counts({ scale: 1600 })).toEqual([32, 32, 32])
    expect(onSpark({ scale: 1600 }).warnings.filter(w => w.includes('API server'))).toHaveLength(3)
  })

  it('uses a single executor where no second fits, and refuses where none does', () => {
    expect(counts({ scale: 1, capacity: cluster(6, 80) })).toEqual([2, 1, 1])
    const small = cluster(100, 1000, { cores: 16, memory: 32 * GIB })
    expect(() => onSpark({ capacity: small })).toThrow(CapacityError)
    expect(() => onSpark({ capacity: small })).toThrow(/silver-build.*60 GiB.*32 GiB/s)
  })

  it('is not asked about on a machine, where nothing is capped or raised', () => {
    expect(counts({ scale: 480, capacity: machine(2, 4) })).toEqual([16, 16, 16])
  })
})

describe('the embedded engine', () => {
  const embedded = (capacity: Capacity, wishes = {}) =>
    sizer.plan({ scale: 1, capacity, embedded: { threads: null, memory: null, ...wishes } })

  it.each([
    [2, 24, 2, 2 * GIB],
    [1, 24, 1, GIB],
    [8, 24, 8, 8 * GIB],
    [16, 16, 16, Math.floor(0.7 * 16 * GIB)],
    [2, 1, 2, Math.floor(0.7 * GIB)],
    [8, 1, 2, Math.floor(0.7 * GIB)],
    [1.5, 8, 1, GIB],
    [0.5, 8, 1, GIB],
  ])('on %d cores and %d GiB takes %d threads and %d bytes', (cores, gib, threads, memory) => {
    expect(embedded(machine(cores, gib)).embedded).toMatchObject({ threads, memory })
  })

  it('stays below 3 GiB on two cores, however much memory there is', () => {
    expect(embedded(machine(2, 1024)).embedded!.memory).toBeLessThan(3 * GIB)
  })

  it('takes what is configured, and warns where there is less', () => {
    const plan = embedded(machine(2, 8), { threads: 3, memory: 16 * GIB })
    expect(plan.embedded).toMatchObject({ threads: 3, memory: 16 * GIB })
    expect(plan.warnings).toHaveLength(2)
    expect(embedded(machine(4, 8), { threads: 4, memory: 8 * GIB }).warnings).toEqual([])
  })

  it('still says what the page’s table asks for, and that overrides do nothing here', () => {
    const plan = sizer.plan({
      scale: 30,
      capacity: machine(2, 8),
      overrides: { 'silver-build': 40 },
    })
    expect(plan.jobs.map(job => [job.requested_executors, job.executors])).toEqual(
      Array(3).fill([5, 5]),
    )
    expect(plan.warnings).toEqual([expect.stringContaining('silver-build')])
  })

  it('is absent where executors do the work', () => expect(onSpark({}).embedded).toBeNull())
})

describe('a plan from a config', () => {
  it('takes scale, engine, overrides, memory and conf from it', () => {
    const config = resolveConfig({
      preset: 'kubernetes',
      scale: 40,
      platform: {
        compute: {
          spark: {
            silver_executors: 24,
            driver_memory: '24g',
            conf: { 'spark.driver.maxResultSize': '3g' },
          },
        },
      },
    })
    const plan = sizer.plan({ config, capacity: huge, timeoutSeconds: undefined })
    expect(plan).toMatchObject({
      scale: 40,
      tier: 'balanced',
      embedded: null,
      max_result_size: 3 * GIB,
      warnings: [],
    })
    expect(plan.jobs.map(job => job.executors)).toEqual([6, 24, 6])
    expect(plan.timeout_seconds).toBe(3600)
  })

  it('takes the embedded share from it', () => {
    const config = resolveConfig({
      platform: { compute: { embedded: { threads: 1, memory: '700mb' } } },
    })
    const plan = sizer.plan({ config, capacity: machine(4, 8), timeoutSeconds: 10 })
    expect(plan.embedded).toMatchObject({ threads: 1, memory: 700 * 2 ** 20 })
    expect(plan.timeout_seconds).toBe(10)
  })

  it('is frozen, printable, and the same for the same request', () => {
    const plan = onSpark({})
    expect(Object.isFrozen(plan)).toBe(true)
    expect(JSON.parse(JSON.stringify(plan))).toEqual(onSpark({}))
  })
})

describe('streams', () => {
  const streams = (request: Partial<SizingRequest>) =>
    onSpark(request).streams!.map(s => [s.job_name, s.executors])

  it('run side by side where they are applications of their own', () => {
    expect(sizer.plan({ scale: 1, capacity: machine(8, 32) }).streams).toBeUndefined()
    expect(streams({ scale: 12 })).toEqual([
      ['bronze-ingest', 4],
      ['silver-stream', 4],
      ['gold-refresh', 4],
    ])
  })

  it('fit into a cluster together, whatever its size', () => {
    for (const cores of [12, 40, 100, 400]) {
      const capacity = cluster(cores, cores * 12)
      const planned = onSpark({ scale: 500, capacity }).streams!
      const asked = planned.reduce((sum, s) => sum + s.executors * s.shape.cores, 0)
      // One executor each is the least.
      expect(asked).toBeLessThanOrEqual(Math.max(0.9 * cores, 10))
    }
  })
})
