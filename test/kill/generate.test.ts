import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killed } from './kills'

const RAW = 'd/bronze/customer/interactions'
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

killed('generate', {
  share: 0.5,
  prepare: dir =>
    writeFileSync(
      join(dir, 'c.yaml'),
      'storage: ./d\narchitecture: { workload: { datagen: { scale: 0.0005, file_size: 1mb, workers: 2 } } }\n',
    ),
  first: ['generate', 'c.yaml', '-q'],
  again: () => ['generate', 'c.yaml', '-q'],
  outcome: dir =>
    readdirSync(join(dir, RAW))
      .sort()
      .map(file => `${file} ${digest(join(dir, RAW, file))}`),
})
