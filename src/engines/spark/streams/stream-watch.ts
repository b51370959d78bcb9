import { performance } from 'node:perf_hooks'
import { STREAM_NAMES, type StreamHooks, type StreamName } from '../../../contracts/streams'
import { ReportClock } from './report-clock'
import { quarantineReason, type StreamProgress } from './stream-documents'
import type { StreamFolder } from './stream-folder'

interface Seen {
  readonly clock: ReportClock
  batch: number | null
  progress: StreamProgress | null
}

/** Turns the streams' documents into what the hooks are told, each thing once. */
export class StreamWatch {
  private readonly seen = new Map<StreamName, Seen>(
    STREAM_NAMES.map(name => [name, { clock: new ReportClock(), batch: null, progress: null }]),
  )

  constructor(
    private readonly folder: StreamFolder,
    private readonly hooks: StreamHooks,
  ) {}

  state(name: StreamName): StreamProgress['state'] | null {
    return this.seen.get(name)!.progress?.state ?? null
  }

  all(...states: readonly StreamProgress['state'][]): boolean {
    return STREAM_NAMES.every(name => states.some(state => state === this.state(name)))
  }

  /** The first stream that failed, in the order of the data. */
  failed(): { readonly stream: StreamName; readonly error: string } | null {
    for (const stream of STREAM_NAMES) {
      const progress = this.seen.get(stream)!.progress
      if (progress?.state === 'failed')
        return { stream, error: progress.error ?? 'it does not say why' }
    }
    return null
  }

  /** One look at everything. */
  async look(): Promise<void> {
    // Asked for against the flow of the data, so that of the source of what a stream tells is heard as well, and before it.
    const reports: [StreamName, StreamProgress][] = []
    for (const name of [...STREAM_NAMES].reverse()) {
      const progress = await this.folder.progress(name)
      if (progress === null) continue
      this.seen.get(name)!.clock.note(progress.reported_seconds, performance.now() / 1000)
      reports.unshift([name, progress])
    }
    for (const [name, progress] of reports) await this.hear(name, progress)
  }

  private async hear(name: StreamName, progress: StreamProgress): Promise<void> {
    const seen = this.seen.get(name)!
    await this.batches(name, seen, progress)
    this.differences(name, seen.progress, progress)
    seen.progress = progress
  }

  private async batches(
    name: StreamName,
    seen: Seen,
    { first_batch, last_batch }: StreamProgress,
  ): Promise<void> {
    if (first_batch === null || last_batch === null) return
    for (
      let next = seen.batch === null ? first_batch : seen.batch + 1;
      next <= last_batch;
      next++
    ) {
      const document = await this.folder.batch(name, next)
      if (document === null) return
      const {
        version: _version,
        run_id: _run,
        epoch: _epoch,
        reported_seconds,
        ...commit
      } = document
      const told_after_seconds = seen.clock.since(reported_seconds, performance.now() / 1000)
      this.hooks.onCommit({ ...commit, told_after_seconds })
      seen.batch = next
    }
  }

  private differences(name: StreamName, before: StreamProgress | null, now: StreamProgress): void {
    const { hooks } = this
    const more = (count: (p: StreamProgress) => number) =>
      count(now) - (before === null ? 0 : count(before))
    for (let n = more(p => p.empty_triggers); n > 0; n--) hooks.onEmpty(name)
    for (let n = more(p => p.retries); n > 0; n--)
      hooks.onRetry(name, now.last_retry ?? 'it does not say why')
    for (const out of now.quarantined.slice(before?.quarantined.length ?? 0))
      hooks.onQuarantine(out.file, quarantineReason(out))
    for (const failure of now.maintenance_failures.slice(before?.maintenance_failures.length ?? 0))
      hooks.onWarning(`Maintenance after ${name} failed: ${failure}. It is tried again.`)
    this.compactions(name, before, now)
    const expired = more(p => p.expired_files)
    if (expired > 0) hooks.onExpired(name, expired)
  }

  /** Several between two looks are told one by one, their files with the last. */
  private compactions(name: StreamName, before: StreamProgress | null, now: StreamProgress): void {
    const rounds = now.compactions - (before?.compactions ?? 0)
    for (let n = 1; n < rounds; n++) this.hooks.onCompaction(name, 0, 0)
    if (rounds > 0)
      this.hooks.onCompaction(
        name,
        now.files_before - (before?.files_before ?? 0),
        now.files_after - (before?.files_after ?? 0),
      )
  }
}
