/**
 * Readers of tables in this process. A file that a dropped snapshot leaves may be deleted once the readers that began before
 * the drop have ended; those that begin later see the newer snapshot.
 */
export class Readers {
  private readonly running = new Set<Promise<unknown>>()

  /** Run `work`, from looking up a snapshot to the last read of its files. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    const running = work()
    this.running.add(running)
    try {
      return await running
    } finally {
      this.running.delete(running)
    }
  }

  /** Resolves when everyone who reads now has ended. */
  async quiesced(): Promise<void> {
    await Promise.allSettled(this.running)
  }
}
