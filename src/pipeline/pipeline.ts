import type { ResolvedConfig } from '../config/schema'
import { StageFailedError } from '../contracts/errors'
import type { EventMap, EventName } from '../contracts/events'
import { checkOptions, type OptionKinds } from '../shared/check-options'
import { RunEvents } from './emitter'
import { execute } from './execute'
import type { PipelineOptions, PipelineRunOptions, RunResult } from './pipeline-options'
import type { Stage } from './stage'

export const PIPELINE_RUN_OPTIONS: OptionKinds<PipelineRunOptions> = {
  signal: 'signal',
  outputDir: 'path',
  on: 'object',
  reject: 'boolean',
  timeout: 'number',
  resume: 'text',
  series: 'object',
}

/** Ordered stages over one set of engines. Immutable: every change gives a new pipeline. */
export class Pipeline {
  /** In the order in which they run. */
  readonly stages: readonly Stage[]
  private readonly options: PipelineOptions
  private readonly events: RunEvents

  /** @param from its listeners are shared: a changed pipeline tells the same people */
  constructor(options: PipelineOptions, stages: readonly Stage[], from?: Pipeline) {
    const names = stages.map(s => s.name)
    const twice = names.find((n, i) => names.indexOf(n) !== i)
    if (twice)
      throw new TypeError(`Two stages are called ${twice}; stage names are unique in a pipeline.`)
    this.options = options
    this.stages = Object.freeze([...stages])
    this.events = from?.events ?? new RunEvents()
  }

  /** The resolved config that it runs. */
  get config(): ResolvedConfig {
    return this.options.config
  }

  /** A copy with the stage before the named one. */
  insertBefore(name: string, stage: Stage): Pipeline {
    return this.splice(this.indexOf(name), 0, stage)
  }

  /** A copy with the stage behind the named one. */
  insertAfter(name: string, stage: Stage): Pipeline {
    return this.splice(this.indexOf(name) + 1, 0, stage)
  }

  /** A copy with the stage at the end. */
  append(stage: Stage): Pipeline {
    return this.splice(this.stages.length, 0, stage)
  }

  /** A copy with the stage in the named one's place. */
  replace(name: string, stage: Stage): Pipeline {
    return this.splice(this.indexOf(name), 1, stage)
  }

  /** A copy without the named stage. */
  remove(name: string): Pipeline {
    return this.splice(this.indexOf(name), 1)
  }

  /** Only the named stages, in pipeline order. */
  only(...names: readonly string[]): Pipeline {
    for (const name of names) this.indexOf(name)
    return new Pipeline(
      this.options,
      this.stages.filter(s => names.includes(s.name)),
      this,
    )
  }

  /** Subscribe for every later run of this pipeline and of those derived from it. */
  on<K extends EventName>(name: K, listener: (event: EventMap[K]) => void): this {
    this.events.on(name, listener)
    return this
  }

  /** Tell a listener nothing any more. */
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
  async run(given: PipelineRunOptions = {}): Promise<RunResult> {
    const options = checkOptions(given, PIPELINE_RUN_OPTIONS, 'run')
    const unsubscribe = options.on ? this.events.addAll(options.on) : () => {}
    try {
      const { result, failedStage } = await execute(
        { ...this.options, ...options },
        this.stages,
        this.events,
      )
      if (result.error && options.reject !== false)
        throw new StageFailedError(failedStage ?? 'run', result, result.error)
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

  private splice(at: number, remove: number, ...added: Stage[]): Pipeline {
    const stages = [...this.stages]
    stages.splice(at, remove, ...added)
    return new Pipeline(this.options, stages, this)
  }
}
