import type { PodTrouble } from './pod-trouble'

/** A registry hiccups; an image that is not there stays so. The user hears of it within half a minute. */
const IMAGE_GRACE_MS = 12_000

/** Milliseconds for which a pod's trouble is borne, where pods may wait so long for a node. */
export const patience = ({ kind, mayPass }: PodTrouble, pendingMs: number): number =>
  mayPass ? (kind === 'image' ? Math.min(IMAGE_GRACE_MS, pendingMs) : pendingMs) : 0

/** How long something has been as it is now, by this process's monotonic clock. */
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
