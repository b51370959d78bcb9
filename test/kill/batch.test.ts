import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killed, made, records } from './kills'

const ARGS = ['run', 'c.yaml', '--generate', '-q']

killed('batch', {
  share: 0.3,
  prepare: dir =>
    writeFileSync(
      join(dir, 'c.yaml'),
      'storage: ./d\narchitecture:\n  workload: { datagen: { scale: 0.0005, file_size: 4mb, workers: 1 } }\n  benchmark: { iterations: 1, min_seconds: 0 }\n',
    ),
  first: ARGS,
  // In its first stage a run leaves no record to go on from.
  again: dir => [...ARGS, ...records(dir).flatMap(({ run_id }) => ['--resume', run_id])],
  outcome: dir => made(records(dir).at(-1)!),
})
