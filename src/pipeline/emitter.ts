import { EventEmitter } from 'eventemitter3'
import {
  EVENT_NAMES,
  type EventBase,
  type EventFields,
  type EventListeners,
  type EventMap,
  type EventName,
} from '../contracts/events'
import { checkName, checkOptions, type OptionKinds } from '../shared/check-options'

const LISTENERS = Object.fromEntries(
  EVENT_NAMES.map(name => [name, 'function']),
) as unknown as OptionKinds<EventListeners>

type Handler = (event: EventBase) => void

/**
 * Typed events. A listener that throws never ends a run: its error is kept and handed to `onListenerError`, and it stays
 * subscribed, since observers belong to the user.
 */
export class RunEvents {
  private readonly emitter = new EventEmitter<string, unknown>()

  /** @throws ConfigError for an event that there is not, with the nearest */
  on<K extends EventName>(name: K, listener: (event: EventMap[K]) => void): this {
    checkOptions({ [name]: listener } as EventListeners, LISTENERS, 'on', 'event')
    this.emitter.on(name, listener as unknown as Handler)
    return this
  }

  off<K extends EventName>(name: K, listener: (event: EventMap[K]) => void): this {
    checkName(name, EVENT_NAMES, 'event', 'off')
    this.emitter.off(name, listener as unknown as Handler)
    return this
  }

  addAll(listeners: EventListeners): () => void {
    checkOptions(listeners, LISTENERS, 'on', 'event')
    const names = (Object.keys(listeners) as EventName[]).filter(
      name => listeners[name] !== undefined,
    )
    for (const name of names) this.emitter.on(name, listeners[name] as unknown as Handler)
    return () => {
      for (const name of names) this.emitter.off(name, listeners[name] as unknown as Handler)
    }
  }

  dispatch<K extends EventName>(
    name: K,
    event: EventMap[K],
    onListenerError: (error: unknown) => void,
  ): void {
    for (const listener of this.emitter.listeners(name) as Handler[]) {
      try {
        const returned: unknown = listener(event)
        if (returned instanceof Promise) returned.catch(onListenerError)
      } catch (error) {
        onListenerError(error)
      }
    }
  }
}

/** Stamp run id and time on an event's own fields. */
export function stamp<K extends EventName>(run_id: string, fields: EventFields<K>): EventMap[K] {
  return { run_id, at: new Date().toISOString(), ...fields } as EventMap[K]
}
