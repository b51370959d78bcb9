import { platformOf, type ResolvedConfig } from '../config/schema'
import {
  DRIVER_MEMORY_FOR_MANY,
  EXECUTORS_BEFORE_MORE_DRIVER_MEMORY,
  MOST_EXECUTORS,
} from '../contracts/choices'
import { ConfigError } from '../contracts/errors'
import type {
  BatchJobName,
  Capacity,
  EmbeddedResources,
  ExecutorPlan,
  LocalSparkResources,
  RunPlan,
} from '../contracts/plan'
import { checkOptions, type OptionKinds, requireOptions } from '../shared/check-options'
import { GIB } from '../shared/format'
import { type EmbeddedOverrides, planEmbedded } from './embedded'
import { BATCH_JOBS, tierOf } from './executors'
import { planExecutors, planStreams } from './fit'
import { planLocalSpark } from './local-spark'

/** Input of a plan where there is no whole config. */
export interface SizingRequest {
  /** 1 = 10 GiB of bronze. */
  readonly scale: number
  /** Resources of the engine or cluster. */
  readonly capacity: Capacity
  /** Where the jobs run: `embedded` in this process (default), `local-spark` in one driver on this machine, `spark` on executors. */
  readonly engine?: 'embedded' | 'local-spark' | 'spark'
  /** Executors in place of the tier's, by job. */
  readonly overrides?: Partial<Record<BatchJobName, number | null>>
  /** Bytes; `null`: the default of 24 GiB for silver and gold. */
  readonly driverMemory?: number | null
  /** Share of the job profiles, above 0 to 1; default 1. */
  readonly profileShare?: number
  /** `spark.driver.maxResultSize` as the user set it, which then holds. */
  readonly maxResultSize?: string | undefined
  /** Threads and memory that the config asks for. */
  readonly embedded?: EmbeddedOverrides
  /** Cores of a Spark on this machine; `null`: all. */
  readonly localCores?: number | null
  /** Per job; default `max(3600, scale × 60)`. */
  readonly timeoutSeconds?: number | undefined
}

/** The same, out of a resolved config. */
export interface ConfigSizingRequest {
  /** Resolved, as `loadConfig` returns it. */
  readonly config: ResolvedConfig
  /** Resources of the engine or cluster. */
  readonly capacity: Capacity
  /** Limit of each stage, seconds; default by scale. */
  readonly timeoutSeconds?: number | undefined
}

const WHAT = 'ExecutorSizer.plan'

/** The longest that a timer of Node holds (2³¹ − 1 ms); a longer one would fire at once. */
const LONGEST_TIMEOUT = 2_147_483

/**
 * Turns scale, capacity and overrides into the plan of a run. Sources: the product page for tiers, shapes, warnings and the
 * timeout; `maxResultSize` is Spark 4's `min(16, max(8, executors // 2))` GiB. Pure: the same request gives the same plan.
 */
export class ExecutorSizer {
  /**
   * Executors, cores and memory of every job, by scale and what there is.
   *
   * @returns frozen plan; for the embedded engine the executors are what the page asks for, and `embedded` what is used
   * @throws CapacityError where not even one executor fits the cluster's largest node
   * @throws RangeError for a scale or timeout that is not above 0
   */
  plan(request: ConfigSizingRequest | SizingRequest): RunPlan {
    const asked = fromRequest(request)
    if (!(asked.scale > 0) || !Number.isFinite(asked.scale))
      throw new RangeError(`A plan needs a scale above 0; got ${asked.scale}.`)
    const engine = asked.engine ?? 'embedded'
    const oneMachine = engine !== 'spark'
    const warnings: string[] = []

    const jobs = BATCH_JOBS.map(job =>
      planExecutors(
        job,
        asked.scale,
        {
          executors: oneMachine ? null : (asked.overrides?.[job] ?? null),
          share: oneMachine ? 1 : (asked.profileShare ?? 1),
          driverMemory: asked.driverMemory ?? null,
        },
        asked.capacity,
      ),
    )
    let embedded: EmbeddedResources | null = null
    let local_spark: LocalSparkResources | null = null
    if (engine === 'embedded') {
      const planned = planEmbedded(
        asked.embedded ?? { threads: null, memory: null },
        asked.capacity,
      )
      embedded = planned.resources
      warnings.push(...planned.warnings, ...unusedOverrides(asked))
    } else if (engine === 'local-spark') {
      const planned = planLocalSpark(
        { cores: asked.localCores ?? null, memory: asked.driverMemory ?? null },
        asked.capacity,
      )
      local_spark = planned.resources
      warnings.push(...planned.warnings, ...unusedOverrides(asked))
    } else {
      warnings.push(...manyExecutors(jobs, asked.driverMemory ?? null))
    }
    const streams = oneMachine
      ? undefined
      : planStreams(
          asked.scale,
          { share: asked.profileShare ?? 1, driverMemory: asked.driverMemory ?? null },
          asked.capacity,
        )
    const timeout_seconds = timeout(asked, warnings)
    return freeze({
      scale: asked.scale,
      tier: tierOf(asked.scale),
      capacity: asked.capacity,
      jobs,
      streams,
      embedded,
      local_spark,
      max_result_size: maxResultSize(jobs, asked.maxResultSize),
      timeout_seconds,
      warnings,
    })
  }
}

const CONFIG_REQUEST: OptionKinds<ConfigSizingRequest> = {
  config: 'object',
  capacity: 'object',
  timeoutSeconds: 'number',
}
const REQUEST: OptionKinds<SizingRequest> = {
  scale: 'number',
  capacity: 'object',
  engine: ['embedded', 'local-spark', 'spark'],
  overrides: 'object',
  driverMemory: 'any',
  profileShare: 'number',
  maxResultSize: 'text',
  embedded: 'object',
  localCores: 'any',
  timeoutSeconds: 'number',
}

function fromRequest(request: ConfigSizingRequest | SizingRequest): SizingRequest {
  if (request && 'config' in request) {
    requireOptions(checkOptions(request, CONFIG_REQUEST, WHAT), ['config', 'capacity'], WHAT)
    if (request.config.resolved === true) return fromConfig(request)
    throw new ConfigError(
      [
        {
          path: 'config',
          message: 'is not resolved. Give what `await loadConfig(config)` returns.',
        },
      ],
      WHAT,
    )
  }
  requireOptions(checkOptions(request, REQUEST, WHAT), ['scale', 'capacity'], WHAT)
  return request
}

function fromConfig({ config, capacity, timeoutSeconds }: ConfigSizingRequest): SizingRequest {
  const { spark, embedded } = config.platform.compute
  return {
    scale: config.architecture.workload.datagen.scale,
    capacity,
    engine: engineOf(config),
    overrides: {
      'bronze-verify': spark.bronze_executors,
      'silver-build': spark.silver_executors,
      'gold-finalize': spark.gold_executors,
    },
    driverMemory: spark.driver_memory,
    profileShare: spark.profile_share,
    maxResultSize: spark.conf['spark.driver.maxResultSize'],
    embedded,
    localCores: spark.cores,
    timeoutSeconds,
  }
}

function engineOf(config: ResolvedConfig): 'embedded' | 'local-spark' | 'spark' {
  const platform = platformOf(config)
  return platform === 'kubernetes' ? 'spark' : platform
}

function unusedOverrides({ overrides = {} }: SizingRequest): string[] {
  const set = BATCH_JOBS.filter(job => overrides[job] != null)
  return set.length === 0
    ? []
    : [
        `Executors are configured for ${set.join(', ')}, but there are none on one machine: its cores do the work.`,
      ]
}

function manyExecutors(jobs: readonly ExecutorPlan[], driverMemory: number | null): string[] {
  return jobs.flatMap(({ job_name, executors }) => {
    const warnings: string[] = []
    if (
      executors > EXECUTORS_BEFORE_MORE_DRIVER_MEMORY &&
      (driverMemory ?? 0) < DRIVER_MEMORY_FOR_MANY
    )
      warnings.push(
        `${job_name} has ${executors} executors: above ${EXECUTORS_BEFORE_MORE_DRIVER_MEMORY} the driver may run out of memory. Set platform.compute.spark.driver_memory to 24g or more.`,
      )
    if (executors > MOST_EXECUTORS)
      warnings.push(
        `${job_name} has ${executors} executors: above ${MOST_EXECUTORS} their polling can overwhelm the Kubernetes API server, and more driver memory does not help. Keep to ${MOST_EXECUTORS} or fewer.`,
      )
    return warnings
  })
}

function timeout({ scale, timeoutSeconds }: SizingRequest, warnings: string[]): number {
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0))
    throw new RangeError(`A timeout is above 0 seconds; got ${timeoutSeconds}.`)
  const wanted = timeoutSeconds ?? Math.max(3600, scale * 60)
  if (wanted <= LONGEST_TIMEOUT) return wanted
  warnings.push(
    `The timeout of ${wanted} s is cut to ${LONGEST_TIMEOUT} s, the longest that a timer holds.`,
  )
  return LONGEST_TIMEOUT
}

function maxResultSize(jobs: readonly ExecutorPlan[], configured: string | undefined): number {
  const match = /^(\d+)([kmgt]?)b?$/i.exec(configured?.trim() ?? '')
  if (match) return Number(match[1]) * 1024 ** ' kmgt'.indexOf(match[2]!.toLowerCase() || ' ')
  const executors = Math.max(...jobs.map(job => job.executors))
  return Math.min(16, Math.max(8, Math.floor(executors / 2))) * GIB
}

function freeze(plan: RunPlan): RunPlan {
  for (const part of [
    ...plan.jobs,
    plan.jobs,
    ...(plan.streams ?? []),
    plan.streams ?? [],
    plan.embedded,
    plan.local_spark,
    plan.warnings,
  ])
    Object.freeze(part)
  return Object.freeze(plan)
}
