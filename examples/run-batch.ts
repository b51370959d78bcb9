// The whole batch benchmark in ten lines: nothing to install or start but npm.
import { runBatch } from 'lakebench'

const run = await runBatch(
  {
    scale: Number(process.env.SCALE ?? 0.01),
    generate: true,
    storage: process.env.LAKEBENCH_STORAGE ?? './lakebench-data',
  },
  { outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output' },
)
console.log(
  'time to value',
  run.metrics.pipeline_benchmark.scores.time_to_value_seconds,
  's; queries an hour',
  run.metrics.benchmark?.qph,
)
console.log(String(run.scorecard))
console.log('report:', run.paths.report)
