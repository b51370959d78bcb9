import { addAbortListener } from 'node:events'
import { performance } from 'node:perf_hooks'
import { PrerequisiteError, shortMessage } from '../../contracts/errors'
import type { CorpusRecord } from '../../contracts/metrics'
import type { RawSource, RunningStreams, StreamHooks, StreamName } from '../../contracts/streams'
import { pause } from '../../shared/abort'
import type { StageContext } from '../stage'
import { RoundScheduler } from './round-scheduler'
import { WindowMetrics } from './window-metrics'
import type { WindowJob, WindowParts } from './window-parts'
import { WindowRecorder } from './window-recorder'

/** A second in the record and on the terminal. */
const SAMPLE_MS = 1000
/** Between two writings of the record while the window goes by. */
const SAVE_EVERY_SECONDS = 5
/** An interrupted run ends within five seconds, its record and engines included: what is in hand is finished if it can be. */
const DRAIN_SECONDS = { usually: 900, afterInterrupt: 2.5 }

const CLOCK = { seconds: () => performance.now() / 1000, wall: () => Date.now() }

/**
 * Three streams, a producer beside them and benchmark rounds, for the length of the window; then everything that landed is
 * taken through to gold. An interrupt ends the window early; whatever fails ends it at once. The record is kept all along.
 */
export async function runWindow(ctx: StageContext, parts: WindowParts): Promise<WindowRecorder> {
  const { compute, signal } = ctx
  if (!compute.streams)
    throw new PrerequisiteError(
      'This engine has no continuous mode; use pipeline_engine: embedded or spark.',
    )
  const { plan, tables } = parts
  const job = jobOf(ctx, parts)
  // A resumed run meets files that an earlier part of it took, so what waits cannot be told from what landed.
  const tally = new WindowMetrics(CLOCK, plan.producer !== null && ctx.earlier === null)
  const recorder = new WindowRecorder(ctx, parts, job, tally)
  const duration = Math.max(0, parts.duration - recorder.earlierSeconds)
  const rounds = new RoundScheduler(ctx, parts.rounds, tally, { ...parts.roundWishes, duration })
  recorder.rounds = rounds
  const raw = (await parts.producer?.makeRoom()) ?? lyingData(ctx, parts)
  // From here on there is a record to go on from.
  recorder.windowSeconds = 0
  await recorder.save('still running')
  const streams = await compute.streams
    .start({ ...job, ...raw, run_id: ctx.run_id }, hooksOf(ctx, tally, tables), signal)
    .catch(async error => {
      await failed(recorder, error, signal)
      throw error
    })
  tally.begin()
  recorder.windowSeconds = null
  const late = afterInterrupt(signal)
  const enough = new AbortController()
  const end = new AbortController()
  addAbortListener(signal, () => enough.abort())
  const producing = produce(parts, tally, end.signal, enough.signal)
  // It may fail before anybody waits for it.
  producing.catch(() => {})
  // A record that cannot be written meanwhile is written at the end, or the end says why not.
  const ticking = tick(recorder, rounds, duration, end.signal).catch(() => {})
  const benchmarking = rounds.run(end.signal)
  benchmarking.catch(() => {})
  try {
    await Promise.race([
      pause(duration * 1000, AbortSignal.any([signal, end.signal])),
      streams.failure,
      failureOf(producing),
      failureOf(benchmarking),
    ])
    recorder.windowSeconds = tally.now()
    // A resumed run makes what is missing to the whole, however long that takes.
    if (ctx.earlier === null) enough.abort()
    await Promise.race([benchmarking, streams.failure, interrupt(signal)])
    await drain(ctx, streams, producing, late, recorder)
  } catch (error) {
    await streams.stop()
    end.abort(error)
    await Promise.allSettled([producing, benchmarking, ticking])
    await failed(recorder, error, signal)
    throw error
  }
  end.abort()
  await Promise.allSettled([producing, benchmarking, ticking])
  await recorder.save(signal.aborted ? 'interrupt' : 'duration')
  return recorder
}

const lyingData = ({ corpus }: StageContext, { rawPrefix }: WindowParts): RawSource => ({
  raw_prefix: corpus?.prefix ?? rawPrefix,
  corpus: corpus?.digest ?? null,
})

function jobOf({ corpus, earlier }: StageContext, parts: WindowParts): WindowJob {
  const job = parts.job(corpus?.bytes ?? 0)
  // A resumed run has its tables, whatever came to its raw data since.
  const partitioning = earlier?.continuous?.silver_partitioning ?? job.silver.partitioning
  return { ...job, silver: { ...job.silver, partitioning } }
}

async function failed(
  recorder: WindowRecorder,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  recorder.error = shortMessage(error)
  await recorder.save(signal.aborted ? 'interrupt' : 'failure')
}

/** Ends the producer, and then takes everything that landed through to gold. */
async function drain(
  ctx: StageContext,
  streams: RunningStreams,
  producing: Promise<CorpusRecord | null>,
  late: AbortController,
  recorder: WindowRecorder,
): Promise<void> {
  const { signal } = late
  let begun = performance.now()
  let patience: NodeJS.Timeout | undefined
  try {
    const corpus = await Promise.race([producing, streams.failure, abortOf(signal)])
    if (corpus) recorder.corpus = corpus
    begun = performance.now()
    patience = setTimeout(() => late.abort(), DRAIN_SECONDS.usually * 1000)
    recorder.phase = 'drain'
    await streams.drain(signal)
    recorder.drained = true
  } catch (error) {
    // Only what took too long is no failure.
    if (!signal.aborted) throw error
    await streams.stop()
    const seconds = Math.round((performance.now() - begun) / 100) / 10
    ctx.warn(
      `Not everything that landed is in gold: draining was stopped after ${seconds} s. The tables are whole; --resume goes on.`,
    )
  } finally {
    clearTimeout(patience)
    recorder.drainSeconds = (performance.now() - begun) / 1000
  }
}

/** Aborted when an interrupt has had the time that it leaves. */
function afterInterrupt(signal: AbortSignal): AbortController {
  const late = new AbortController()
  const stop = () => late.abort(signal.reason)
  addAbortListener(signal, () => setTimeout(stop, DRAIN_SECONDS.afterInterrupt * 1000).unref())
  return late
}

/** Never resolves. */
async function abortOf(signal: AbortSignal): Promise<never> {
  await interrupt(signal)
  throw signal.reason
}

async function produce(
  { producer }: WindowParts,
  tally: WindowMetrics,
  signal: AbortSignal,
  enough: AbortSignal,
): Promise<CorpusRecord | null> {
  return producer
    ? producer.run({ signal, enough, onLanded: (files, before) => tally.land(files, before) })
    : null
}

const interrupt = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Never resolves: only a failure is of interest. */
const failureOf = (work: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject)
  })

/** A sample and a look for the listeners each second, the record now and then. */
async function tick(
  recorder: WindowRecorder,
  rounds: RoundScheduler,
  planned: number,
  signal: AbortSignal,
): Promise<void> {
  for (let second = 1; !signal.aborted; second++) {
    await pause(SAMPLE_MS, signal)
    if (signal.aborted) return
    recorder.tick(planned, rounds.nextAt)
    if (second % SAVE_EVERY_SECONDS === 0) await recorder.save('still running')
  }
}

function hooksOf(
  ctx: StageContext,
  tally: WindowMetrics,
  tables: Readonly<Record<StreamName, string>>,
): StreamHooks {
  return {
    onCommit(commit) {
      for (const file of tally.commit(commit))
        ctx.warn(`${file}, which was left out of the stream, is whole now, and its rows are in.`)
      ctx.emit('batch:commit', {
        table: tables[commit.stream],
        snapshot_id: commit.snapshot_id,
        rows: commit.output_rows,
        files: commit.files,
        stream: commit.stream,
        batch: commit.batch,
        duration_ms: commit.seconds * 1000,
      })
    },
    onEmpty: stream => {
      tally.of(stream).empty++
    },
    onQuarantine(file, reason) {
      if (tally.quarantine(file, reason))
        ctx.warn(
          `${file} is left out of the stream: ${reason}. It stays where it is, and is looked at again when it changes.`,
        )
    },
    onRetry(stream, why) {
      tally.of(stream).retries++
      ctx.warn(`${stream} waits and tries again: ${why}.`)
    },
    onCompaction(stream, before, after) {
      const { compactions } = tally.of(stream)
      compactions.count++
      compactions.files_before += before
      compactions.files_after += after
    },
    onExpired: (stream, files) => {
      tally.of(stream).expired += files
    },
    onWarning: message => ctx.warn(message),
    onState(stream, state, detail) {
      const said = [stream, detail].filter(text => text !== null).join(': ')
      ctx.emit('job:state', { stage: 'continuous', state, detail: said || null })
    },
  }
}
