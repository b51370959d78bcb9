import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killed, made, records } from './kills'

const ARGS = ['ab', 'c.yaml', 'c.yaml', '--rounds', '2', '--generate', '--skip-benchmark', '-q']
const CONFIG =
  'storage: ./d\narchitecture: { workload: { datagen: { scale: 0.0005, file_size: 8mb, workers: 1 } } }\n'
const seriesIn = (dir: string) => {
  const series = join(dir, 'lakebench-output/series')
  return existsSync(series) ? readdirSync(series).map(name => name.replace('series-', '')) : []
}

killed('ab', {
  share: 0.1,
  prepare: dir => writeFileSync(join(dir, 'c.yaml'), CONFIG),
  first: ARGS,
  again: dir => [...ARGS, ...seriesIn(dir).flatMap(id => ['--resume', id])],
  outcome: dir => [
    ...new Set(
      records(dir)
        .filter(r => r.verdict !== 'INTERRUPTED')
        .map(r => JSON.stringify(made(r))),
    ),
  ],
})
