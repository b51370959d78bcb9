import { addAbortListener } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { ResolvedConfig } from '../../config/schema'
import { FINGERPRINT_LIMIT } from '../../contracts/choices'
import { PrerequisiteError, shortMessage } from '../../contracts/errors'
import type { CorpusRecord, RunMetrics } from '../../contracts/metrics'
import type { RawSource, RunningStreams, StreamHooks } from '../../contracts/streams'
import { type PacedOptions, producerPlan } from '../../datagen/paced'
import { pause } from '../../shared/abort'
import { RAW_PREFIX } from '../../workload/raw-columns'
import { windowOf } from '../resume'
import { Stage, type StageContext, type StageRecord } from '../stage'
import { RoundScheduler } from './round-scheduler'
import { WindowMetrics } from './window-metrics'
import { type WindowPlan, windowPlan } from './window-plan'
import { earlierSeconds, WindowRecorder } from './window-recorder'

/** A second in the record and on the terminal. */
const SAMPLE_MS = 1000
/** Between two writings of the record while the window goes by. */
const SAVE_EVERY_SECONDS = 5
/** An interrupted run ends within five seconds, its record and engines included: what is in hand is finished if it can be. */
const DRAIN_SECONDS = { usually: 900, afterInterrupt: 2.5 }

const CLOCK = { seconds: () => performance.now() / 1000, wall: () => Date.now() }

/** Makes raw data beside the streams, as a platform does. */
export interface Producer {
  /**
   * Before any stream begins. Resolves to where the files will lie.
   * @throws PrerequisiteError where files lie that are not the generator's; nothing was touched then
   */
  makeRoom(options: Pick<PacedOptions, 'plan' | 'resume'>): Promise<RawSource>
  /** Each file is told once, when it is in its place. */
  run(options: Omit<PacedOptions, 'place' | 'config' | 'isService'>): Promise<CorpusRecord>
}

/** The whole of a continuous run: it makes data, streams it, and asks queries meanwhile. */
export function continuousStage(
  config: ResolvedConfig,
  engine: string,
  producer: Producer,
  skipBenchmark: boolean,
): Stage<WindowRecorder> {
  return new Stage<WindowRecorder>(
    'continuous',
    async ctx => {
      const lyingBytes = ctx.corpus?.bytes ?? 0
      const plan = windowPlan(ctx.config, engine, { lyingBytes, skipBenchmark })
      const recorder = await runWindow(ctx, plan, producer)
      const wanted = ctx.config.architecture.pipeline.fingerprint
      if (recorder.drained && recorder.silverBytes <= FINGERPRINT_LIMIT[wanted])
        await fingerprintTables(ctx, recorder)
      ctx.signal.throwIfAborted()
      return recorder
    },
    {
      needs: ['store', 'compute', ...(skipBenchmark ? [] : (['query engine'] as const))],
      recordsJob: false,
      keeps: finished,
      timeout: false,
      ...(producerPlan(config) && { recordBase: { job_type: 'datagen' } }),
      record: recorder => recorder.record(),
    },
  )
}

async function fingerprintTables(
  { compute, signal, warn }: StageContext,
  recorder: WindowRecorder,
): Promise<void> {
  for (const [stream, role] of [
    ['silver-stream', 'silver'],
    ['gold-refresh', 'gold'],
  ] as const) {
    if (signal.aborted) return
    try {
      recorder.fingerprint(stream, await compute.fingerprint(role, { signal }))
    } catch (error) {
      // As in a batch: a check that fails costs no result.
      if (!signal.aborted) warn(`The fingerprint of ${role} failed: ${shortMessage(error)}`)
    }
  }
}

/** A run that came to its end, all of it in gold, is not run again: its window is over, and nothing is left to take. */
function finished(earlier: RunMetrics): StageRecord | null {
  const window = windowOf(earlier)
  if (earlier.status !== 'succeeded' || !window?.continuous.drained) return null
  const { benchmark, corpus } = earlier
  return { window, ...(benchmark && { benchmark }), ...(corpus && { corpus }) }
}

/**
 * Three streams, a producer beside them and benchmark rounds, for the length of the window; then everything that landed is
 * taken through to gold. An interrupt ends the window early; whatever fails ends it at once. The record is kept all along.
 */
export async function runWindow(
  ctx: StageContext,
  given: WindowPlan,
  producer: Producer,
): Promise<WindowRecorder> {
  const { compute, signal, earlier, corpus } = ctx
  if (!compute.streams)
    throw new PrerequisiteError(
      'This engine has no continuous mode; use pipeline_engine: embedded or spark.',
    )
  const plan = resumedPlan(given, earlier)
  const { job, producer: pace } = plan
  const resume = earlier !== null
  // A resumed run meets files that an earlier part of it took, so what waits cannot be told from what landed.
  const tally = new WindowMetrics(CLOCK, pace !== null && !resume, plan.engine, job)
  const duration = Math.max(0, plan.duration - earlierSeconds(earlier))
  const rounds = new RoundScheduler(ctx, plan, tally, duration)
  const recorder = new WindowRecorder(ctx, plan, tally, rounds)
  const raw = pace
    ? await producer.makeRoom({ plan: pace, resume })
    : { raw_prefix: corpus?.prefix ?? RAW_PREFIX, corpus: corpus?.digest ?? null }
  // From here on there is a record to go on from.
  recorder.windowSeconds = 0
  await recorder.save('still running')
  const streams = await compute.streams
    .start({ ...job, ...raw, run_id: ctx.run_id }, hooksOf(ctx, tally, plan), signal)
    .catch(error => failed(recorder, error, signal))
  tally.begin()
  recorder.windowSeconds = null
  const late = afterInterrupt(signal)
  const enough = new AbortController()
  const end = new AbortController()
  addAbortListener(signal, () => enough.abort())
  const onLanded: PacedOptions['onLanded'] = (files, before) => tally.land(files, before)
  const producing = pace
    ? producer.run({ plan: pace, resume, signal: end.signal, enough: enough.signal, onLanded })
    : Promise.resolve(null)
  // It may fail before anybody waits for it.
  producing.catch(() => {})
  // A record that cannot be written meanwhile is written at the end, or the end says why not.
  const ticking = tick(recorder, end.signal).catch(() => {})
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
    if (!resume) enough.abort()
    await Promise.race([benchmarking, streams.failure, interrupt(signal)])
    await drain(ctx, streams, producing, late, recorder)
  } catch (error) {
    await streams.stop()
    end.abort(error)
    await Promise.allSettled([producing, benchmarking, ticking])
    return failed(recorder, error, signal)
  }
  end.abort()
  await Promise.allSettled([producing, benchmarking, ticking])
  await recorder.save(signal.aborted ? 'interrupt' : 'duration')
  return recorder
}

/** A resumed run has its tables, whatever came to its raw data since. */
function resumedPlan(plan: WindowPlan, earlier: RunMetrics | null): WindowPlan {
  const { silver } = plan.job
  const partitioning = earlier?.continuous?.silver_partitioning ?? silver.partitioning
  return { ...plan, job: { ...plan.job, silver: { ...silver, partitioning } } }
}

async function failed(
  recorder: WindowRecorder,
  error: unknown,
  signal: AbortSignal,
): Promise<never> {
  recorder.error = shortMessage(error)
  await recorder.save(signal.aborted ? 'interrupt' : 'failure')
  throw error
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
    const corpus = await Promise.race([producing, streams.failure, interrupt(signal)])
    signal.throwIfAborted()
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

const interrupt = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => addAbortListener(signal, () => resolve()))

/** Never resolves: only a failure is of interest. */
const failureOf = (work: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject)
  })

/** A sample and a look for the listeners each second, the record now and then. */
async function tick(recorder: WindowRecorder, signal: AbortSignal): Promise<void> {
  for (let second = 1; !signal.aborted; second++) {
    await pause(SAMPLE_MS, signal)
    if (signal.aborted) return
    recorder.tick()
    if (second % SAVE_EVERY_SECONDS === 0) await recorder.save('still running')
  }
}

function hooksOf(ctx: StageContext, tally: WindowMetrics, { tables }: WindowPlan): StreamHooks {
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
      tally.of(stream).empty_triggers++
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
      tally.of(stream).expired_files += files
    },
    onWarning: message => ctx.warn(message),
    onState(stream, state, detail) {
      const said = [stream, detail].filter(text => text !== null).join(': ')
      ctx.emit('job:state', { stage: 'continuous', state, detail: said || null })
    },
  }
}
