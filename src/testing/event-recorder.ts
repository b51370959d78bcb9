import {
  EVENT_NAMES,
  type EventListeners,
  type EventMap,
  type EventName,
} from '../contracts/events'

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
