import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { windowConfig } from '../support/short-window'
import { killed, made, records } from './kills'

/** Of the 1,200 rows that the window is offered. */
const isRaw = (file: string | Buffer) => /interactions\/[^/]+\.parquet$/.test(String(file))

const ARGS = ['run', 'c.yaml', '--continuous', '--skip-benchmark', '-q']

killed('continuous', {
  share: 0.1,
  prepare: dir => {
    const config = windowConfig(dir, {
      continuous: { run_duration: 4 },
      datagen: { rows_per_second: 300 },
    })
    writeFileSync(
      join(dir, 'c.yaml'),
      stringify({ ...config, platform: { storage: { type: 'local', path: './d' } } }),
    )
  },
  first: ARGS,
  again: dir => [
    ...ARGS,
    ...records(dir)
      .slice(-1)
      .flatMap(({ run_id }) => ['--resume', run_id]),
  ],
  whole: dir => readdirSync(join(dir, 'd/bronze'), { recursive: true }).filter(isRaw).length === 8,
  // On a busy machine no refresh may fall into so short a window; what came to be is judged all the same.
  codes: [0, 4],
  outcome: dir => {
    const { verdict, validity, ...record } = records(dir).at(-1)!
    const unmet = validity.filter(({ rule, passed }) => !passed && rule !== 'gold-refreshed')
    return {
      ...made({ ...record, verdict: 'PASSED', validity }),
      unmet,
      interrupted: verdict === 'INTERRUPTED',
    }
  },
})
