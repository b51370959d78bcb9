import { performance } from 'node:perf_hooks'
import { pause } from '../../../shared/abort'

/**
 * Does its work on a grid of times, and when somebody downstream asks for it. Before it works it asks its own source, so that
 * what a trigger at the end brings is as new as it can be, however the intervals fall together. Work never overlaps itself.
 */
export class Trigger {
  private running: Promise<void> | null = null

  constructor(
    private readonly seconds: number,
    private readonly work: () => Promise<void>,
    private readonly source: Trigger | null,
  ) {}

  /** Work on the grid until the signal fires; a grid time that passes during work is made up for at once. */
  async run(started: number, signal: AbortSignal): Promise<void> {
    const interval = this.seconds * 1000
    let due = started
    while (!signal.aborted) {
      const wait = due - performance.now()
      if (wait > 0) await pause(wait, signal)
      if (signal.aborted) return
      await this.pull()
      const missed = Math.floor((performance.now() - due) / interval)
      due += interval * Math.max(1, missed)
    }
  }

  /** Work now, or join the work that is under way. */
  pull(): Promise<void> {
    this.running ??= this.once().finally(() => {
      this.running = null
    })
    return this.running
  }

  private async once(): Promise<void> {
    await this.source?.pull()
    await this.work()
  }
}
