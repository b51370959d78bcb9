import type { ContinuousMetrics, StreamMetrics } from '../../src/contracts/continuous-metrics'
import type { RunMetrics } from '../../src/contracts/metrics'
import { Audit, leavesOf } from './audit'
import type { Documents } from './batch-checks'
import { oldestAt } from './freshness'
import { secondsOf, sumOf } from './numbers'
import { checkLayout, checkRecord, same } from './record-checks'
import { checkRounds } from './round-checks'
import { type StreamFacts, silverOfGold } from './stream-facts'
import { waitsFor } from './waits'
import { checkWindowScores } from './window-score-checks'

/** How far apart the two clocks, and two looks at one of them, may be; seconds. */
const CLOCKS = 0.01

/** Compares every number of a continuous run's documents with what the files say. Pure: the facts are gathered before. */
export function auditWindow(
  { metrics, plan }: Omit<Documents, 'verification'>,
  facts: StreamFacts,
): Audit {
  const audit = new Audit(leavesOf({ ...metrics, plan }))
  checkRecord(audit, metrics, facts)
  if (metrics.tables?.bronze) checkLayout(audit, 'bronze', facts.bronze_table, facts.raw.rows)
  checkWindow(audit, metrics, facts)
  checkLandings(audit, metrics.continuous!, facts)
  for (const stream of metrics.streaming) {
    checkBatches(audit, stream, facts, metrics.continuous!)
    checkStream(audit, stream, facts, metrics)
  }
  checkSources(audit, metrics, facts)
  checkSamples(audit, metrics, facts)
  checkRounds(audit, metrics, facts)
  checkWindowScores(audit, metrics, waitsFor(metrics, facts))
  return audit
}

const CONTINUOUS = 'config_snapshot.architecture.pipeline.continuous'

function checkWindow(
  audit: Audit,
  { continuous, total_elapsed_seconds }: RunMetrics,
  facts: StreamFacts,
): void {
  const at = (name: string) => `continuous.${name}`
  const planned = audit.number(`${CONTINUOUS}.run_duration`)
  const rate = audit.number('config_snapshot.architecture.workload.datagen.rows_per_second')
  const gold = audit.number(`${CONTINUOUS}.gold_refresh_interval`)
  audit.same(at('planned_seconds'), planned)
  audit.between(at('window_seconds'), planned, total_elapsed_seconds, 'the run')
  audit.same(at('earlier_window_seconds'), 0)
  audit.between(
    at('drain_seconds'),
    0,
    total_elapsed_seconds - continuous!.window_seconds,
    'the run after its window',
  )
  audit.same(at('resumed'), 0)
  audit.same(at('producer.offered_rows_per_second'), rate)
  audit.same(at('producer.planned_rows'), rate * planned)
  audit.same(at('producer.rows_per_file'), facts.raw.rows_of[0]!)
  audit.same(at('producer.produced_rows'), facts.raw.rows)
  audit.same(at('producer.produced_files'), facts.raw_sizes.length)
  audit.same(at('producer.produced_bytes'), sumOf(facts.raw_sizes))
  audit.same(
    at('rounds.warmup_seconds'),
    Math.max(gold, audit.number(`${CONTINUOUS}.benchmark_warmup`)),
  )
  audit.same(
    at('rounds.interval_seconds'),
    Math.max(gold, audit.number(`${CONTINUOUS}.benchmark_interval`)),
  )
  audit.same(at('rounds.guard_seconds'), 5)
  // One machine, whose clock nobody set meanwhile.
  const largest = Math.abs(audit.number(at('clocks.largest_wall_drift_seconds')))
  audit.between(at('clocks.largest_wall_drift_seconds'), -1, 1, 'a clock that is not set')
  audit.between(at('clocks.wall_drift_seconds'), -largest, largest, 'the largest drift')
  audit.between(at('clocks.store_offset_seconds'), -1, 1, 'the clock of the same machine')
  audit.claim(
    'nothing was left out of the stream',
    continuous!.quarantined.length === 0,
    continuous!.quarantined,
  )
  audit.between(
    'corpus.scale',
    Number.MIN_VALUE,
    audit.number('plan.scale'),
    'the scale that was offered',
  )
}

/** Each raw file: its rows, when the store wrote it, and the batch of bronze that its rows are in. */
function checkLandings(
  audit: Audit,
  { landings, started_at }: ContinuousMetrics,
  { raw_files }: StreamFacts,
): void {
  audit.claim('every raw file landed once', landings.length === raw_files.length, [
    landings.length,
    raw_files.length,
  ])
  for (const [i, file] of raw_files.entries()) {
    const at = (name: string) => `continuous.landings[${i}].${name}`
    const stored = file.modified_ms / 1000 - secondsOf(started_at)
    audit.same(at('files'), 1)
    audit.same(at('rows'), file.rows)
    audit.same(at('bronze_batch'), file.bronze_batch)
    audit.near(at('store_at'), stored, CLOCKS)
    audit.between(at('at'), stored - CLOCKS, stored + 5, 'when the store wrote it')
    audit.same(at('left_out_at'), null)
  }
}

function checkBatches(
  audit: Audit,
  stream: StreamMetrics,
  facts: StreamFacts,
  window: ContinuousMetrics,
): void {
  const name = stream.job_name
  const commits = facts.commits[name] ?? []
  const told = facts.events.filter(e => e.event === 'batch:commit' && e.stream === name)
  const start = secondsOf(window.started_at)
  audit.claim(
    `${name} has a batch for each commit`,
    same([stream.batches.length, told.length], [commits.length, commits.length]),
  )
  for (const [i, commit] of commits.entries()) {
    const at = (field: string) => `streaming[${name}].batches[${i}].${field}`
    const event = told[i]
    audit.same(at('batch'), i + 1)
    audit.same(at('snapshot_id'), commit.snapshot.id)
    audit.same(at('output_rows'), commit.rows)
    audit.same(at('bytes'), commit.bytes)
    audit.same(at('files'), commit.files)
    audit.same(at('seconds'), Number(event?.duration_ms) / 1000)
    const [committed, heard] = [
      commit.snapshot.committed_ms / 1000 - start,
      secondsOf(event?.at) - start,
    ]
    audit.between(at('at'), committed - CLOCKS, heard + CLOCKS, 'its snapshot and its event')
    audit.claim(
      `${name}’s event ${i} has the batch`,
      same(
        [event?.rows, event?.files, event?.snapshot_id],
        [commit.rows, commit.files, commit.snapshot.id],
      ),
    )
  }
}

function checkStream(
  audit: Audit,
  stream: StreamMetrics,
  facts: StreamFacts,
  metrics: RunMetrics,
): void {
  const { job_name: name, batches } = stream
  const at = (field: string) => `streaming[${name}].${field}`
  const window = metrics.continuous!.window_seconds
  const within = batches.filter(batch => batch.at <= window)
  const milliseconds = within.map(batch => batch.seconds * 1000).sort((a, b) => a - b)
  const rows = sumOf(batches.map(batch => batch.input_rows))
  const rowsWithin = sumOf(within.map(batch => batch.input_rows))
  const interval = {
    'bronze-ingest': 'bronze_trigger',
    'silver-stream': 'silver_trigger',
    'gold-refresh': 'gold_refresh',
  }[name]
  audit.same(at('trigger_interval_seconds'), audit.at(`${CONTINUOUS}.${interval}_interval`))
  audit.same(at('total_batches'), (facts.commits[name] ?? []).length)
  audit.same(at('total_rows_processed'), rows)
  audit.same(at('unique_rows_processed'), name === 'gold-refresh' ? null : facts.raw.rows)
  audit.same(at('throughput_rps'), rowsWithin / window)
  audit.same(at('micro_batch_duration_ms'), sumOf(milliseconds) / within.length)
  audit.same(at('micro_batch_p95_ms'), milliseconds[Math.ceil(0.95 * within.length) - 1]!)
  audit.same(at('micro_batch_max_ms'), Math.max(...milliseconds))
  audit.same(at('batch_size'), rowsWithin / within.length)
  audit.same(at('busy'), sumOf(milliseconds) / 1000 / window)
  const tops = within.map((batch, i) => (within[i + 1]?.at ?? window) - batch.through!)
  audit.same(at('freshness_seconds'), Math.max(...tops))
  audit.between(
    at('elapsed_seconds'),
    window,
    metrics.total_elapsed_seconds,
    'the window, and the run',
  )
  audit.between(
    at('empty_triggers'),
    0,
    stream.elapsed_seconds / stream.trigger_interval_seconds + 2,
    'its triggers',
  )
  audit.between(at('retries'), 0, batches.length, 'its batches')
  audit.sameAll(at('compactions'), facts.compactions[name])
  audit.same(at('expired_files'), facts.gone[name] ?? Number.NaN)
  const digest = { 'silver-stream': facts.digests.silver, 'gold-refresh': facts.digests.gold }[
    name as 'silver-stream'
  ]
  audit.same(at('output_fingerprint'), digest ?? null)
}

/** What each batch took, followed by rows: raw files into bronze, bronze into silver, all of silver into gold. */
function checkSources(audit: Audit, metrics: RunMetrics, facts: StreamFacts): void {
  const batch = (stream: string, i: number, field: string) =>
    `streaming[${stream}].batches[${i}].${field}`
  const landed = metrics.continuous!.landings
  const bronze = (facts.commits['bronze-ingest'] ?? []).map((_, i) =>
    facts.raw_files.filter(f => f.bronze_batch === i + 1),
  )
  const newest = (last: number) =>
    Math.max(
      ...landed.flatMap((landing, i) =>
        (facts.raw_files[i]?.bronze_batch ?? Number.NaN) <= last ? [landing.at] : [],
      ),
    )
  for (const [i, files] of bronze.entries()) {
    audit.same(batch('bronze-ingest', i, 'input_rows'), sumOf(files.map(file => file.rows)))
    audit.same(batch('bronze-ingest', i, 'source_batch'), null)
    audit.same(batch('bronze-ingest', i, 'through'), newest(i + 1))
  }
  let before = 0
  for (const [i, { rows, first, last }] of facts.silver_batches.entries()) {
    const taken = bronze.slice(before, last).flat()
    audit.claim(`silver’s batch ${i + 1} goes on where the last one ended`, first > before, [
      first,
      before,
    ])
    audit.claim(
      `silver’s batch ${i + 1} has what its filter keeps`,
      rows === sumOf(taken.map(file => file.kept)),
    )
    audit.same(batch('silver-stream', i, 'source_batch'), last)
    audit.same(batch('silver-stream', i, 'input_rows'), sumOf(taken.map(file => file.rows)))
    audit.same(batch('silver-stream', i, 'through'), newest(last))
    before = last
  }
  for (const [i, read] of silverOfGold(facts).entries()) {
    audit.claim(
      `gold’s refresh ${i + 1} is of one of silver’s batches`,
      read > 0,
      facts.gold_counts[i],
    )
    audit.same(batch('gold-refresh', i, 'source_batch'), read)
    audit.same(
      batch('gold-refresh', i, 'input_rows'),
      facts.silver_counts[read - 1]?.sessions ?? Number.NaN,
    )
    audit.same(
      batch('gold-refresh', i, 'through'),
      newest(facts.silver_batches[read - 1]?.last ?? 0),
    )
  }
}

/** What waited at each moment, from what had landed and what had been committed until then. */
function checkSamples(audit: Audit, metrics: RunMetrics, facts: StreamFacts): void {
  const { continuous, streaming } = metrics
  const { events, machine } = facts
  const waits = waitsFor(metrics, facts)
  const { samples, landings } = continuous!
  const told = events.filter(e => e.event === 'stream:progress')
  audit.claim('every sample was told', samples.length === told.length, [
    samples.length,
    told.length,
  ])
  const batches = (name: string) => streaming.find(s => s.job_name === name)?.batches ?? []
  for (const [i, sample] of samples.entries()) {
    const at = (field: string) => `continuous.samples[${i}].${field}`
    const by = <T extends { at: number }>(list: readonly T[]) =>
      list.filter(entry => entry.at <= sample.at)
    const rows = (name: string) => sumOf(by(batches(name)).map(batch => batch.input_rows))
    const bronze = rows('bronze-ingest')
    audit.same(at('at'), Number(told[i]?.elapsed_seconds))
    audit.same(
      at('bronze_backlog_rows'),
      sumOf(by(landings).map(landing => landing.rows!)) - bronze,
    )
    audit.same(at('silver_backlog_rows'), bronze - rows('silver-stream'))
    const through = by(batches('gold-refresh')).at(-1)?.through ?? null
    const age = told[i]?.staleness_seconds as number | null
    audit.same(at('staleness_seconds'), age)
    const off = through === null || age === null ? 0 : sample.at - through - age
    audit.claim(
      `gold is as old at ${sample.at} as its last refresh leaves it`,
      (through === null) === (age === null) && Math.abs(off) <= CLOCKS,
      off,
    )
    audit.near(at('unseen_seconds'), sample.at - (oldestAt(waits, sample.at) ?? sample.at), CLOCKS)
    audit.between(at('memory_bytes'), 2 ** 20, machine.memory, 'the memory of the machine')
  }
}
