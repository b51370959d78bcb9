import type {
  ContinuousMetrics,
  Landing,
  StreamMetrics,
  WindowSample,
} from '../../contracts/continuous-metrics'
import {
  STREAM_NAMES,
  type StreamCommit,
  type StreamName,
  type StreamSettings,
} from '../../contracts/streams'
import type { LandedFile } from '../../datagen/paced'
import { deriveStream } from '../../results/derive/jobs'
import { Landings } from './landings'
import type { WindowJob } from './window-plan'

/** Longer series are thinned to this, so that the record of a day is no larger than that of an hour. */
const MOST_POINTS = 2000

/** Where the clocks of a window come from; a test brings its own. */
export interface WindowClock {
  /** Seconds, monotonic. */
  seconds(): number
  /** Milliseconds since the epoch. */
  wall(): number
}

/** Everything that is counted while a window goes by. */
export class WindowMetrics {
  private readonly streams: Readonly<Record<StreamName, StreamMetrics>>
  private readonly landings = new Landings()
  private readonly samples: WindowSample[] = []
  /** Files that are left out, by key. */
  private readonly leftOut = new Map<string, ContinuousMetrics['quarantined'][number]>()
  private drift = 0
  private largestDrift = 0
  private started: number
  private startedWall: number

  constructor(
    private readonly clock: WindowClock,
    /** Whether somebody counts what lands. */
    private readonly counted: boolean,
    engine: string,
    { bronze, silver, gold }: WindowJob,
  ) {
    this.started = clock.seconds()
    this.startedWall = clock.wall()
    this.streams = {
      'bronze-ingest': newStream('bronze-ingest', engine, bronze),
      'silver-stream': newStream('silver-stream', engine, silver),
      'gold-refresh': newStream('gold-refresh', engine, gold),
    }
  }

  /** The window opens now: an engine may take a while to start. */
  begin(): void {
    this.started = this.clock.seconds()
    this.startedWall = this.clock.wall()
  }

  get startedAt(): string {
    return new Date(this.startedWall).toISOString()
  }

  /** Seconds since the start of the window. */
  now(): number {
    return this.clock.seconds() - this.started
  }

  /** Facts of a stream so far, its totals left out until `streaming`. */
  of(name: StreamName): StreamMetrics {
    return this.streams[name]
  }

  /** @param before they were there when the work began: an earlier part of the run made them, and may have taken them */
  land(files: readonly LandedFile[], before: boolean): void {
    if (!before) this.landings.made(files, this.now(), this.clock.wall())
  }

  /** @returns files that had been left out, and are in the table now */
  commit({ stream, sources, told_after_seconds = 0, ...commit }: StreamCommit): readonly string[] {
    const at = this.now() - told_after_seconds
    const { batches } = this.of(stream)
    this.landings.taken(sources, commit.batch, at)
    const newest =
      stream === 'bronze-ingest'
        ? this.landings.newest(sources)
        : this.throughOf(stream, commit.source_batch)
    const through = Math.max(newest ?? -Infinity, batches.at(-1)?.through ?? -Infinity)
    batches.push({ ...commit, at, through: through === -Infinity ? null : through })
    return sources.flatMap(({ key }) => (this.leftOut.delete(key) ? [key] : []))
  }

  /** The newest landing in a stream's source as of one of its batches. */
  private throughOf(
    stream: 'silver-stream' | 'gold-refresh',
    source_batch: number | null,
  ): number | null {
    const source = this.of(stream === 'silver-stream' ? 'bronze-ingest' : 'silver-stream').batches
    return source.findLast(b => source_batch !== null && b.batch <= source_batch)?.through ?? null
  }

  /** @returns whether it was not left out before */
  quarantine(file: string, reason: string): boolean {
    // Told late, of a file that is in the table by now.
    if (this.landings.isTaken(file)) return false
    const known = this.leftOut.has(file)
    this.leftOut.set(file, { file, reason, at: this.now() })
    this.landings.leftOut(file, this.now())
    return !known
  }

  get quarantined(): ContinuousMetrics['quarantined'] {
    return [...this.leftOut.values()]
  }

  /** How long the oldest row that gold does not show has been waiting; 0 where there is none, `null` where nobody can say. */
  unseen(at = this.now()): number | null {
    const [silver, gold] = [this.of('silver-stream').batches, this.of('gold-refresh').batches]
    if ([...silver, ...gold].some(b => b.source_batch === null)) return null
    const upTo = gold.at(-1)?.source_batch ?? null
    const inGold =
      upTo === null ? null : (silver.findLast(b => b.batch <= upTo)?.source_batch ?? null)
    const landed = this.landings.oldestUnseen(inGold ?? Number.NEGATIVE_INFINITY)
    return landed === null ? 0 : at - landed
  }

  /** How the clocks went since the window began. */
  clocks(): NonNullable<ContinuousMetrics['clocks']> {
    this.noteDrift()
    return {
      wall_drift_seconds: this.drift,
      largest_wall_drift_seconds: this.largestDrift,
      store_offset_seconds: this.landings.storeOffset(),
    }
  }

  /** A wall clock that is set forth and back again in the window is met on the way. */
  private noteDrift(): void {
    this.drift = (this.clock.wall() - this.startedWall) / 1000 - this.now()
    if (Math.abs(this.drift) > Math.abs(this.largestDrift)) this.largestDrift = this.drift
  }

  /** Age of gold; `null` while it holds nothing. */
  staleness(at = this.now()): number | null {
    const through = this.of('gold-refresh').batches.at(-1)?.through ?? null
    return through === null ? null : at - through
  }

  backlog(): { bronze: number | null; silver: number } {
    const taken = (name: StreamName) =>
      this.of(name).batches.reduce((sum, b) => sum + b.input_rows, 0)
    return {
      bronze: this.counted ? this.landings.waitingRows() : null,
      silver: taken('bronze-ingest') - taken('silver-stream'),
    }
  }

  sample(memoryBytes: number): WindowSample {
    const { bronze, silver } = this.backlog()
    this.noteDrift()
    // One moment, also where the process is held up meanwhile.
    const at = this.now()
    const sample: WindowSample = {
      at,
      bronze_backlog_rows: bronze,
      silver_backlog_rows: Math.max(0, silver),
      staleness_seconds: this.staleness(at),
      unseen_seconds: this.unseen(at),
      memory_bytes: memoryBytes,
    }
    this.samples.push(sample)
    return sample
  }

  /** Rows a second of the last few batches, idle time included. */
  recentRate(name: StreamName): number | null {
    const last = this.of(name).batches.slice(-4)
    const [first] = last
    if (!first || last.length < 2) return null
    const rows = last.slice(1).reduce((sum, b) => sum + b.input_rows, 0)
    const seconds = last.at(-1)!.at - first.at
    return seconds > 0 ? rows / seconds : null
  }

  producer(): Pick<
    ContinuousMetrics['producer'],
    'produced_rows' | 'produced_files' | 'produced_bytes'
  > {
    const { rows, files, bytes } = this.landings.produced()
    const known = <T>(value: T) => (this.counted ? value : null)
    return {
      produced_rows: known(rows),
      produced_files: known(files),
      produced_bytes: known(bytes),
    }
  }

  landed(): Landing[] {
    return this.landings.record(this.startedWall)
  }

  windowSamples(): WindowSample[] {
    return thinned(this.samples)
  }

  /** @param window seconds that the window took so far; what was committed later is in the totals only */
  streaming(window: number, error: string | null): StreamMetrics[] {
    return STREAM_NAMES.map(name => {
      const stream = this.of(name)
      const error_message = error?.startsWith(`${name}:`) ? error : null
      return deriveStream(
        {
          ...stream,
          elapsed_seconds: this.now(),
          compactions: { ...stream.compactions },
          success: error_message === null,
          error_message,
          // Whole: scores are sums over them.
          batches: [...stream.batches],
        },
        window,
      )
    })
  }
}

/** A stream that has done nothing yet. */
const newStream = (
  job_name: StreamName,
  engine: string,
  { trigger_seconds }: StreamSettings,
): StreamMetrics => ({
  total_batches: 0,
  total_rows_processed: 0,
  unique_rows_processed: null,
  throughput_rps: null,
  micro_batch_duration_ms: null,
  micro_batch_p95_ms: null,
  micro_batch_max_ms: null,
  batch_size: null,
  busy: null,
  freshness_seconds: null,
  job_name,
  job_type: 'streaming',
  engine,
  trigger_interval_seconds: trigger_seconds,
  elapsed_seconds: 0,
  empty_triggers: 0,
  retries: 0,
  compactions: { count: 0, files_before: 0, files_after: 0 },
  expired_files: 0,
  output_fingerprint: null,
  success: true,
  error_message: null,
  batches: [],
})

/** Every n-th point and the last one; for series that nothing is summed up from. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.ceil(points.length / MOST_POINTS)
  return step <= 1
    ? [...points]
    : points.filter((_, i) => i % step === 0 || i === points.length - 1)
}
