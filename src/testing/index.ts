/**
 * Helpers for test harnesses: fakes of the ports, a recorder of events, assertions on runs.
 *
 * @packageDocumentation
 */
import {
  EVENT_NAMES,
  type EventListeners,
  type EventMap,
  type EventName,
} from '../contracts/events'
import type { RunMetrics } from '../contracts/metrics'

export { type FakeAnswer, FakeQueryEngine, MemoryStore } from './fakes'

/** Keeps every event of a run, for assertions: `runBatch(config, { on: recorder.listeners })`. */
export class EventRecorder {
  /** Every event that came, in order. */
  readonly events: {
    /** Name of the event. */
    readonly name: EventName
    /** Its payload. */
    readonly event: EventMap[EventName]
  }[] = []

  /** Listeners of all events, for the option `on`. */
  readonly listeners: EventListeners = Object.fromEntries(
    EVENT_NAMES.map(name => [
      name,
      (event: EventMap[EventName]) => this.events.push({ name, event }),
    ]),
  )

  /** Event names in order; progress is left out unless asked for, since its count depends on the machine. */
  names(options: { progress?: boolean } = {}): EventName[] {
    return this.events.map(e => e.name).filter(n => options.progress || n !== 'stage:progress')
  }

  /** Payloads of the events of one name, in order. */
  of<K extends EventName>(name: K): EventMap[K][] {
    return this.events.filter(e => e.name === name).map(e => e.event as EventMap[K])
  }
}

/** Throws, with the record's own words, unless the run succeeded and every validity rule passed. */
export function assertRunPassed(run: { readonly metrics: RunMetrics }): void {
  const { verdict, error_message, validity } = run.metrics
  if (verdict === 'PASSED') return
  const broken = validity.filter(rule => !rule.passed).map(rule => `${rule.rule}: ${rule.detail}`)
  throw new Error(
    [`The run's verdict is ${verdict}.`, error_message, ...broken].filter(Boolean).join('\n  '),
  )
}

/** Throws unless two runs gave the same tables and the same answers; names what differs. */
export function assertSameAnswers(
  a: { readonly metrics: RunMetrics },
  b: { readonly metrics: RunMetrics },
): void {
  const differing = [...answers(a.metrics)]
    .filter(([name, digest]) => answers(b.metrics).get(name) !== digest)
    .map(([name]) => name)
  const missing = [...answers(b.metrics).keys()].filter(name => !answers(a.metrics).has(name))
  if (answers(a.metrics).size === 0)
    throw new Error(
      'The runs have no answers to compare: neither tables nor queries were fingerprinted.',
    )
  if (differing.length + missing.length > 0)
    throw new Error(`The runs differ in ${[...differing, ...missing].join(', ')}.`)
}

function answers(metrics: RunMetrics): Map<string, string | null> {
  return new Map([
    ...metrics.jobs
      .filter(j => j.output_fingerprint !== null)
      .map(j => [j.job_name, j.output_fingerprint] as const),
    ...(metrics.benchmark?.queries
      .filter(q => q.fingerprint !== null)
      .map(q => [q.name, q.fingerprint] as const) ?? []),
  ])
}
