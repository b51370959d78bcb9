import type { EventListeners, EventMap, EventName } from '../contracts/events'

const NAMES: Record<EventName, true> = {
  'run:start': true,
  'run:wait': true,
  'run:phase': true,
  'run:end': true,
  'stage:start': true,
  'stage:progress': true,
  'stage:end': true,
  'job:submit': true,
  'job:state': true,
  'query:start': true,
  'query:end': true,
  'round:start': true,
  'round:end': true,
  'stream:progress': true,
  'batch:commit': true,
  warning: true,
}
const EVENT_NAMES = Object.keys(NAMES) as EventName[]

/** Keeps every event of a run, for assertions: `runBatch(config, { on: recorder.listeners })`. */
export class EventRecorder {
  readonly events: { readonly name: EventName; readonly event: EventMap[EventName] }[] = []

  readonly listeners: EventListeners = Object.fromEntries(
    EVENT_NAMES.map(name => [name, (event: EventMap[EventName]) => this.events.push({ name, event })]),
  )

  /** Event names in order; progress is left out unless asked for, since its count depends on the machine. */
  names(options: { progress?: boolean } = {}): EventName[] {
    return this.events.map(e => e.name).filter(n => options.progress || n !== 'stage:progress')
  }

  of<K extends EventName>(name: K): EventMap[K][] {
    return this.events.filter(e => e.name === name).map(e => e.event as EventMap[K])
  }
}
