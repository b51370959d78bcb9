import type { ResolvedConfig } from '../contracts/config'
import { StageFailedError } from '../contracts/errors'
import type { EventListeners, EventMap, EventName } from '../contracts/events'
import type { CorpusRecord, RunMetrics } from '../contracts/metrics'
import type { Capacity, RunPlan } from '../contracts/plan'
import type { ComputeEngine, QueryEngine } from '../contracts/ports'
import { RunEvents } from './emitter'
import { execute } from './execute'
import type { RunPaths } from './run-folder'
import type { Stage } from './stage'

/** The engines of one run, open. Closing releases everything, the storage lock included. */
export interface RunSession {
  readonly compute: ComputeEngine
  readonly queryEngine: QueryEngine | null
  /** The corpus as it lies, `null` when there is none yet. */
  corpus(): Promise<CorpusRecord | null>
  environment(): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** What a run ended with, before the composition root dresses it. */
export interface RunOutcome {
  readonly metrics: RunMetrics
  readonly paths: RunPaths
  /** Why the run did not succeed; `null` for success and for an abort. */
  readonly error: Error | null
  readonly failed_stage: string | null
}

/** Everything a pipeline needs and does not know how to make. */
export interface PipelineParts<R> {
  readonly config: ResolvedConfig
  /** The config as it may be shown: no secrets. */
  readonly configSnapshot: Record<string, unknown>
  open(): Promise<RunSession>
  plan(capacity: Capacity, timeoutSeconds: number | undefined): RunPlan
  /** Fill in scores, validity and verdict. */
  judge(metrics: RunMetrics): RunMetrics
  report(metrics: RunMetrics, documents: { plan: RunPlan; verification: unknown }): string
  /** Read an earlier record for `resume`; throws a clear error when it cannot be used. */
  readRecord(json: unknown, path: string): RunMetrics
  result(outcome: RunOutcome): R
}

export interface PipelineRunOptions {
  readonly signal?: AbortSignal
  /** Default `./lakebench-output`. */
  readonly outputDir?: string
  readonly on?: EventListeners
  /** `false`: a failed run is returned, not thrown. Default `true`. */
  readonly reject?: boolean
  /** Seconds per stage; default `max(3600, scale × 60)`. */
  readonly timeout?: number
  /** Id of an earlier run: its finished stages are kept, the rest runs. */
  readonly resume?: string
}

/** Ordered stages over one set of engines. Immutable: every change gives a new pipeline. */
export class Pipeline<R = RunOutcome> {
  readonly stages: readonly Stage[]
  private readonly parts: PipelineParts<R>
  private readonly events: RunEvents

  /** @param from its listeners are shared: a changed pipeline tells the same people */
  constructor(parts: PipelineParts<R>, stages: readonly Stage[], from?: Pipeline<R>) {
    const names = stages.map(s => s.name)
    const twice = names.find((n, i) => names.indexOf(n) !== i)
    if (twice) throw new TypeError(`Two stages are called ${twice}; stage names are unique in a pipeline.`)
    this.parts = parts
    this.stages = Object.freeze([...stages])
    this.events = from?.events ?? new RunEvents()
  }

  get config(): ResolvedConfig {
    return this.parts.config
  }

  insertBefore(name: string, stage: Stage): Pipeline<R> {
    return this.splice(this.indexOf(name), 0, stage)
  }

  insertAfter(name: string, stage: Stage): Pipeline<R> {
    return this.splice(this.indexOf(name) + 1, 0, stage)
  }

  append(stage: Stage): Pipeline<R> {
    return this.splice(this.stages.length, 0, stage)
  }

  replace(name: string, stage: Stage): Pipeline<R> {
    return this.splice(this.indexOf(name), 1, stage)
  }

  remove(name: string): Pipeline<R> {
    return this.splice(this.indexOf(name), 1)
  }

  /** Only the named stages, in pipeline order. */
  only(...names: readonly string[]): Pipeline<R> {
    for (const name of names) this.indexOf(name)
    return new Pipeline(
      this.parts,
      this.stages.filter(s => names.includes(s.name)),
      this,
    )
  }

  /** Subscribe for every later run of this pipeline and of those derived from it. */
  on<K extends EventName>(name: K, listener: (event: EventMap[K]) => void): this {
    this.events.on(name, listener)
    return this
  }

  off<K extends EventName>(name: K, listener: (event: EventMap[K]) => void): this {
    this.events.off(name, listener)
    return this
  }

  /**
   * Run the stages in order, each only when all before it succeeded. The record (`metrics.json`, `report.html`,
   * `events.jsonl`, `plan.json`) is written however the run ends. An abort ends as `metrics.status === 'aborted'`.
   *
   * @throws StageFailedError carrying the result so far, unless `reject` is false
   * @throws PrerequisiteError before anything ran: storage locked or unusable, nothing is recorded
   */
  async run(options: PipelineRunOptions = {}): Promise<R> {
    const unsubscribe = options.on ? this.events.addAll(options.on) : () => {}
    try {
      const outcome = await execute(this.parts, this.stages, this.events, options)
      const result = this.parts.result(outcome)
      if (outcome.error && options.reject !== false) {
        throw new StageFailedError(outcome.failed_stage ?? 'run', result, outcome.error)
      }
      return result
    } finally {
      unsubscribe()
    }
  }

  private indexOf(name: string): number {
    const index = this.stages.findIndex(s => s.name === name)
    if (index < 0) {
      throw new RangeError(
        `There is no stage ${JSON.stringify(name)}; this pipeline has ${this.stages.map(s => s.name).join(', ')}.`,
      )
    }
    return index
  }

  private splice(at: number, remove: number, ...added: Stage[]): Pipeline<R> {
    const stages = [...this.stages]
    stages.splice(at, remove, ...added)
    return new Pipeline(this.parts, stages, this)
  }
}
