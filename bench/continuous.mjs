// Measures continuous mode against the figures it is to reach. Expects a build (npm run build).
// Usage: npm run bench:continuous [-- --only pace,sustained,soak] [--seconds 150] [--rate 20000] [--dir /tmp/lakebench-continuous]
//
// pace       the reference's pace: 63,912 rows a minute, triggers of 10, 20 and 30 s
// sustained  --rate rows a second; needs about 9 KB of disk for each row
// soak       300 rows a second for --seconds (30 minutes is what counts): memory over time
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'pace,sustained' },
    seconds: { type: 'string' },
    rate: { type: 'string', default: '20000' },
    dir: { type: 'string', default: join(tmpdir(), 'lakebench-continuous') },
    run: { type: 'string' },
  },
})

const TRIGGERS = {
  bronze_trigger_interval: 10,
  silver_trigger_interval: 20,
  gold_refresh_interval: 30,
}
const CASES = {
  pace: {
    seconds: 150,
    rows_per_second: 63_912 / 60,
    continuous: { ...TRIGGERS, benchmark_warmup: 30, benchmark_interval: 30 },
  },
  sustained: {
    seconds: 300,
    rows_per_second: Number(values.rate),
    continuous: TRIGGERS,
    skipBenchmark: true,
  },
  soak: {
    seconds: 1800,
    rows_per_second: 300,
    continuous: { ...TRIGGERS, benchmark_warmup: 60, benchmark_interval: 60 },
  },
}

if (values.run) await one(values.run)
else
  for (const name of values.only.split(',')) {
    // A process of its own: memory is that of this run alone.
    const args = [import.meta.filename, '--run', name, '--dir', values.dir, '--rate', values.rate]
    const text = execFileSync(
      process.execPath,
      values.seconds ? [...args, '--seconds', values.seconds] : args,
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 1 << 26,
      },
    )
    console.log(text)
  }

async function one(name) {
  const { runContinuous } = await import('lakebench')
  const { seconds, rows_per_second, continuous, skipBenchmark = false } = CASES[name]
  const duration = Number(values.seconds ?? seconds)
  const storage = resolve(values.dir, 'data')
  rmSync(storage, { recursive: true, force: true })
  const { metrics } = await runContinuous(
    {
      storage,
      scale: 1,
      architecture: {
        pipeline: {
          mode: 'continuous',
          fingerprint: 'never',
          continuous: { profile: 'short', run_duration: duration, ...continuous },
        },
        workload: { datagen: { rows_per_second } },
      },
    },
    { outputDir: resolve(values.dir, 'output'), skipBenchmark },
  )
  rmSync(storage, { recursive: true, force: true })
  report(name, metrics, duration)
}

function report(
  name,
  { continuous, streaming, benchmark_rounds, pipeline_benchmark: { scores } },
  duration,
) {
  const figure = (what, value, wanted, met) =>
    console.log(
      `  ${what.padEnd(38)} ${shown(value).padStart(10)}   ${wanted}${met === undefined ? '' : met ? '  met' : '  MISSED'}`,
    )
  const busiest = Math.max(
    ...streaming.map(s => s.micro_batch_max_ms / 1000 / s.trigger_interval_seconds),
  )
  const gold = TRIGGERS.gold_refresh_interval
  const offered = continuous.producer.offered_rows_per_second
  console.log(
    `${name}: ${duration} s at ${shown(offered)} rows/s, ${continuous.producer.rows_per_file} rows a file, ${benchmark_rounds.length} rounds`,
  )
  figure('rows/s into bronze', scores.ingest_throughput_rps, `offered ${shown(offered)}`)
  figure('rows/s made', continuous.producer.produced_rows / duration, `offered ${shown(offered)}`)
  figure('ingest ratio', scores.ingest_ratio, 'at least 0.95', scores.ingest_ratio >= 0.95)
  figure(
    'growth of the backlog, rows/s',
    scores.backlog_growth_rps,
    'at most 1 % of what is offered',
    scores.backlog_growth_rps <= offered / 100,
  )
  // The target is that of the reference's pace and triggers.
  const fresh = scores.freshness_p95_seconds <= gold + 5
  figure(
    'freshness p95, s',
    scores.freshness_p95_seconds,
    ...(name === 'pace' ? [`at most ${gold + 5}`, fresh] : ['']),
  )
  figure('freshness max, s', scores.data_freshness_seconds, 'the reference: 103 at best')
  figure('freshness at query time, s', scores.query_time_freshness_seconds, '')
  figure('longest batch / its interval', busiest, 'at most 0.5', busiest <= 0.5)
  for (const s of streaming)
    figure(
      `  ${s.job_name}: mean, longest batch, s`,
      s.micro_batch_duration_ms / 1000,
      `${shown(s.micro_batch_max_ms / 1000)}`,
    )
  figure('QpH, median of the rounds', scores.composite_qph, '')
  figure('QpH fell over the rounds by, %', scores.qph_degradation_pct, '')
  // Memory settles while buffers and caches fill; what counts is the second half.
  const late = continuous.samples.filter(s => s.at > duration / 2 && s.at <= duration)
  const rise = slope(late.map(s => [s.at / 60, s.memory_bytes / 2 ** 20]))
  const [least, most] = [
    Math.min(...late.map(s => s.memory_bytes)),
    Math.max(...late.map(s => s.memory_bytes)),
  ]
  figure(
    'memory, second half: rise, MiB a minute',
    rise,
    `between ${shown(least / 2 ** 20)} and ${shown(most / 2 ** 20)} MiB`,
  )
  figure('draining after the window, s', continuous.drain_seconds, '')
}

function slope(points) {
  const mean = i => points.reduce((sum, p) => sum + p[i], 0) / points.length
  const [mx, my] = [mean(0), mean(1)]
  const across = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  return points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / across
}

function shown(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
