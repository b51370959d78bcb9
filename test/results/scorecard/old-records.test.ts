import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { METRICS_SCHEMA_VERSION, RunMetricsSchema } from '../../../src/contracts/metrics'
import { renderReport } from '../../../src/report/report'
import { loadRun } from '../../../src/results/load-run'
import {
  type Migrations,
  parseMetrics,
  upgrade,
} from '../../../src/results/scorecard/parse-metrics'
import { Scorecard } from '../../../src/results/scorecard/scorecard'

const DIR = join(import.meta.dirname, 'records-of-old')
const read = (name: string) => JSON.parse(readFileSync(join(DIR, name), 'utf8'))

test('a record of every version that was ever written is kept', () => {
  const versions = Array.from({ length: METRICS_SCHEMA_VERSION }, (_, i) => `v${i + 1}.json`)
  expect(readdirSync(DIR).sort()).toEqual(versions)
})

test.each(readdirSync(DIR).map(name => [name] as const))(
  '%s gives the same card years later, and a report',
  async name => {
    const metrics = parseMetrics(read(name), name)
    const { verdict, scores } = new Scorecard(metrics)
    expect({ verdict, scores }).toMatchSnapshot()
    // What the run itself wrote down is what the card says now.
    expect(scores).toEqual(metrics.pipeline_benchmark.scores)
    expect(verdict).toBe(metrics.verdict)
    expect(await renderReport(metrics)).toContain(`(run ${metrics.run_id})</title>`)
  },
)

test('a record is taken through every step from its own version on, and left as it was', () => {
  const steps: Migrations = new Map<
    number,
    (document: Readonly<Record<string, unknown>>) => Record<string, unknown>
  >([
    [1, ({ seconds, ...rest }) => ({ ...rest, elapsed_seconds: seconds })],
    [2, document => ({ ...document, unit: 's' })],
  ])
  const old = Object.freeze({ schema_version: 1, seconds: 4, x_mine: true })
  expect(upgrade(old, 3, steps)).toEqual({
    schema_version: 3,
    elapsed_seconds: 4,
    unit: 's',
    x_mine: true,
  })
  expect(upgrade({ schema_version: 2, elapsed_seconds: 4 }, 3, steps)).toMatchObject({
    schema_version: 3,
    unit: 's',
  })
  expect(upgrade(old, 1, steps)).toBe(old)
  expect(() => upgrade({ schema_version: 1 }, 2, new Map())).toThrow(/reads no more/)
})

test.each(readdirSync(DIR))(
  '%s is migrated by loadRun, from its path and from its content',
  async name => {
    const read = await loadRun(join(DIR, name))
    expect(read).toEqual(await loadRun(JSON.parse(readFileSync(join(DIR, name), 'utf8'))))
    expect(RunMetricsSchema.safeParse(read).success).toBe(true)
  },
)

test('the documentation names the version that is written', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/results.md'), 'utf8')
  expect(docs).toContain(`| \`schema_version\` | ${METRICS_SCHEMA_VERSION} |`)
})
