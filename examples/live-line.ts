// Typed events to one live line.
import { runBatch } from 'lakebench'

const line = (text: string) =>
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${text}` : `${text}\n`)

await runBatch(
  {
    scale: Number(process.env.SCALE ?? 0.01),
    generate: true,
    storage: process.env.LAKEBENCH_STORAGE ?? './lakebench-data',
  },
  {
    outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output',
    on: {
      'stage:start': e => line(`${e.stage} …`),
      'stage:progress': e =>
        line(
          `${e.stage} ${e.fraction === null ? '' : `${Math.round(e.fraction * 100)} %`} ${e.rows ?? ''}`,
        ),
      'query:end': e => line(`${e.query} ${e.duration_ms.toFixed(1)} ms`),
      'run:end': e => line(`${e.status} after ${(e.duration_ms / 1000).toFixed(1)} s\n`),
    },
  },
)
