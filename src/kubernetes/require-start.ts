import type { Pod } from './objects'
import { type PodFailure, podFailure, podsDoNotRun } from './pod-failure'

/** A registry hiccups; an image that is not there stays so. The user hears of it within half a minute. */
const IMAGE_GRACE_MS = 12_000

/** Measures how long something has been as it is now, by this process's monotonic clock. */
export class Clock {
  private readonly seen = new Map<string, { value: string; at: number }>()

  since(what: string, value: string, onChange: () => void = () => {}): number {
    const known = this.seen.get(what)
    if (known?.value === value) return performance.now() - known.at
    this.seen.set(what, { value, at: performance.now() })
    onChange()
    return 0
  }
}

/**
 * What keeps the first of the waiting pods from running.
 * @param pendingMs milliseconds that pods may wait for a node or an image
 * @throws CapacityError, PrerequisiteError or JobFailedError where they have waited too long
 */
export function requireStart(
  name: string,
  waiting: readonly Pod[],
  { clock, pendingMs, onWaiting }: StartOptions,
): PodFailure | null {
  const failure = waiting.map(podFailure).find(found => found !== null) ?? null
  const lasted = clock.since('failure', failure?.kind ?? '', () => {
    if (failure) onWaiting?.(failure.cause)
  })
  if (failure && lasted >= retryWindow(failure, pendingMs))
    throw podsDoNotRun(name, failure, lasted)
  return failure
}

export interface StartOptions {
  readonly clock: Clock
  readonly pendingMs: number
  readonly onWaiting?: ((cause: string) => void) | undefined
}

const retryWindow = ({ kind, mayPass }: PodFailure, pendingMs: number): number =>
  mayPass ? (kind === 'image' ? Math.min(IMAGE_GRACE_MS, pendingMs) : pendingMs) : 0
