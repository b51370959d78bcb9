// One measured run of lakebench in a process of its own. Usage: node bench/ours.mjs pipeline|queries|generate <storage> <output> [scale].
// Prints one JSON document. Expects a build (npm run build).
import { generate, loadConfig, presets, runBatch } from 'lakebench'

const [, , what, storage, outputDir, scale = '0.1'] = process.argv
const config = {
  storage,
  scale: Number(scale),
  architecture: {
    pipeline: { fingerprint: 'never' },
    benchmark: { iterations: 3, min_seconds: 0 },
  },
}

if (what === 'pipeline') {
  const { metrics } = await runBatch(config, { outputDir, skipBenchmark: true })
  const seconds = name => metrics.jobs.find(j => j.job_name === name).engine_seconds
  const [verify, silver, gold] = ['bronze-verify', 'silver-build', 'gold-finalize'].map(seconds)
  const orchestration = metrics.orchestration_seconds
  console.log(
    JSON.stringify({
      verify,
      silver,
      gold,
      total: verify + silver + gold,
      orchestration,
      peak_rss: process.resourceUsage().maxRSS * 1024,
    }),
  )
} else if (what === 'queries') {
  const { metrics } = await presets.benchmark(await loadConfig(config)).run({ outputDir })
  const seconds = Object.fromEntries(metrics.benchmark.queries.map(q => [q.name, q.engine_seconds]))
  console.log(JSON.stringify({ ...seconds, total: metrics.benchmark.total_seconds }))
} else if (what === 'generate') {
  const { metrics } = await generate(config, { outputDir })
  const job = metrics.jobs.find(j => j.job_name === 'datagen')
  const total = job.engine_seconds
  console.log(
    JSON.stringify({
      total,
      bytes: job.bytes_written,
      mb_per_second: job.bytes_written / 1e6 / total,
      peak_rss: process.resourceUsage().maxRSS * 1024,
    }),
  )
}
