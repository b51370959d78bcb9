import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { record } from '../results/scorecard/records'
import { tempDir } from '../support/fake-parts'
import { lakebench as ownProcess } from './process'
import { lakebench } from './resident'

const cwd = tempDir()
const ID = '20260101-120000-abcdef'
const dir = join(cwd, 'lakebench-output', 'runs', `run-${ID}`)
const path = join(dir, 'metrics.json')

beforeEach(() => {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  writeFileSync(path, JSON.stringify(record()))
})

/** What `JSON.parse` gives, to be spoiled. */
type Json = ReturnType<typeof JSON.parse>

const edit = (change: (document: Json) => void) => {
  const document: Json = JSON.parse(readFileSync(path, 'utf8'))
  change(document)
  writeFileSync(path, JSON.stringify(document))
}

const CASES: readonly [string, () => void, RegExp][] = [
  ['cut off', () => truncateSync(path, 300), /is no JSON.*cut off/],
  ['empty', () => truncateSync(path, 0), /is no JSON.*cut off/],
  [
    'of a later version',
    () =>
      edit(run => {
        run.schema_version = 99
      }),
    /schema_version: is 99; this lakebench reads up to \d+/,
  ],
  [
    'without a version',
    () =>
      edit(run => {
        delete run.schema_version
      }),
    /schema_version: is missing/,
  ],
  [
    'of negative times',
    () =>
      edit(run => {
        run.jobs[2].elapsed_seconds = -5
      }),
    /jobs\.2\.elapsed_seconds: .*>=0/,
  ],
  [
    'of negative scores',
    () =>
      edit(run => {
        run.pipeline_benchmark.scores.time_to_value_seconds = -1
      }),
    /pipeline_benchmark\.scores\.time_to_value_seconds/,
  ],
  [
    'without jobs',
    () =>
      edit(run => {
        delete run.jobs
      }),
    /jobs: .*expected array/,
  ],
  [
    'whose jobs are words',
    () =>
      edit(run => {
        run.jobs = Array.from({ length: 500 }, () => 'job')
      }),
    /jobs\.0: [\s\S]*and 480 more/,
  ],
  [
    'with a path for an id',
    () =>
      edit(run => {
        run.run_id = '../../../etc/passwd'
      }),
    /run_id: /,
  ],
  ['that is a list', () => writeFileSync(path, '[]'), /no JSON object/],
]

test.each(CASES)(
  'a record %s is refused with 2 by report and compare, by name, without half a page',
  async (_, spoil, message) => {
    spoil()
    for (const args of [['report'], ['report', ID], ['compare', ID, ID]]) {
      const { code, stdout, stderr } = await lakebench(args, { cwd })
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('metrics.json')
      expect(stderr).toMatch(message)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(readdirSync(dir)).toEqual(['metrics.json'])
    }
  },
)

test('a record of 100 MB is refused by its size, not read into memory', async () => {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, `${text.slice(0, -1)},"padding":"${'x'.repeat(100_000_000)}"}`)
  expect(statSync(path).size).toBeGreaterThan(1e8)
  const { code, stderr } = await ownProcess(['report'], {
    cwd,
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
  })
  expect(code).toBe(2)
  expect(stderr).toMatch(/metrics\.json is 9\d MiB large/)
  expect(readdirSync(dir)).toEqual(['metrics.json'])
})

test.each(['../../etc', `../runs/run-${ID}`, '..', '%2e%2e/x', `${ID}/../../x`])(
  'a run id with %s in it leads nowhere',
  async id => {
    cpSync(dir, join(cwd, 'decoy'), { recursive: true })
    for (const args of [
      ['report', id],
      ['run', '--resume', id],
      ['compare', id, id],
    ]) {
      const { code, stdout } = await lakebench(args, { cwd })
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
    }
    expect(readdirSync(cwd).sort()).toEqual(['decoy', 'lakebench-output'])
  },
)
