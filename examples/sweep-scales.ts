// How does time grow with data? One run per scale, one line per run.
import { join } from 'node:path'
import { runBatch } from 'lakebench'

const storage = process.env.LAKEBENCH_STORAGE ?? './lakebench-data'
const scales = (process.env.SCALES ?? '0.002,0.004,0.008').split(',').map(Number)

console.log('scale      rows  time to value  queries/h')
for (const scale of scales) {
  const { metrics } = await runBatch(
    { scale, generate: true, storage: join(storage, `scale-${scale}`) },
    { outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output' },
  )
  const seconds = metrics.pipeline_benchmark.scores.time_to_value_seconds ?? Number.NaN
  const cells = [
    String(scale).padEnd(6),
    String(metrics.corpus?.rows).padStart(8),
    `${seconds.toFixed(2)} s`.padStart(14),
  ]
  console.log([...cells, String(Math.round(metrics.benchmark?.qph ?? 0)).padStart(10)].join(' '))
}
