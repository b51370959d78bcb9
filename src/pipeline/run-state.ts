import { shortMessage } from '../contracts/errors'
import type { EventFields, EventName } from '../contracts/events'
import type { RunMetrics } from '../contracts/metrics'
import type { RunPlan } from '../contracts/plan'
import type { ComputeEngine } from '../contracts/ports'
import { redactDocument } from '../contracts/secrets'
import { never } from '../shared/abort'
import { type RunEvents, stamp } from './emitter'
import type { PipelineParts, PipelineRunOptions, RunSession } from './parts'
import { windowOf } from './resume'
import type { RunFolder } from './run-folder'
import type { RunStart } from './run-record'
import type { RunState } from './run-stage'
import type { Stage } from './stage'

/** In place of engines that an interrupt came before: no stage will run, and what an earlier part knows stays in the record. */
export function notOpened(earlier: RunMetrics | null): RunSession {
  return {
    compute: {} as ComputeEngine,
    queryEngine: null,
    corpus: async () => earlier?.corpus ?? null,
    environment: async () => earlier?.environment ?? {},
    layout: async () => ({ tables: earlier?.tables, pruning: earlier?.pruning }),
    close: async () => {},
  }
}

export interface NewState {
  readonly run_id: string
  readonly session: RunSession
  readonly plan: RunPlan | null
  readonly folder: RunFolder
  readonly stages: readonly Stage[]
  readonly events: RunEvents
  readonly options: PipelineRunOptions
}

/** A run as it is before its first stage. */
export function newState<R>(
  parts: PipelineParts<R>,
  { run_id, session, plan, folder, stages, events, options }: NewState,
  { clock, earlier }: RunStart,
): RunState {
  const names = new Set(stages.map(s => s.name))
  // An earlier process counted from another moment.
  const finished =
    earlier?.jobs.filter(j => j.success).map(j => ({ ...j, started_after_seconds: null })) ?? []
  const state: RunState = {
    run_id,
    clock,
    series: options.series ?? earlier?.series ?? null,
    config: parts.config,
    configSnapshot: parts.configSnapshot,
    session,
    plan,
    folder,
    signal: options.signal ?? never(),
    results: new Map(),
    stale: new Set(),
    kept: new Map(finished.map(j => [j.job_name, j])),
    // What this pipeline does not run at all, e.g. data generation, stays in the record.
    jobs: finished.filter(j => !names.has(j.job_name)),
    stages: [],
    earlier,
    // Until its stage has something of its own to say, a run that goes on is as far as it was.
    benchmark: earlier?.continuous ? earlier.benchmark : null,
    window: earlier && windowOf(earlier),
    corpus: null,
    verification: null,
    layout: {},
    lineage: null,
    warnings: [],
    checks: [],
    measuredSeconds: 0,
    environment: null,
    saved: earlier,
    status: 'succeeded',
    error: null,
    failedStage: null,
    emit: (name, fields) => dispatch(state, events, name, fields),
    saveSoFar: async () => {},
    warn: (message, stage) => {
      state.warnings.push(message)
      state.emit('warning', { message, stage })
    },
  }
  return state
}

function dispatch<K extends EventName>(
  state: RunState,
  events: RunEvents,
  name: K,
  fields: EventFields<K>,
): void {
  const event = redactDocument(stamp<K>(state.run_id, fields), state.folder.redact)
  state.folder.appendEvent(name, event)
  events.dispatch(name, event, error => {
    const message = `A listener of ${name} threw: ${shortMessage(error)}. The run goes on.`
    if (!state.warnings.includes(message)) state.warnings.push(message)
  })
}
