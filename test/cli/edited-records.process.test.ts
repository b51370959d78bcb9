import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judge } from '../../src/results/scorecard/judge'
import { record } from '../results/scorecard/records'
import { tempDir } from '../support/fake-parts'
import { lakebench } from './resident'

const cwd = tempDir()
const HONEST = '20260101-120000-aaaaaa'
const EDITED = '20260101-130000-bbbbbb'

function save(run_id: string, change: object): string {
  const dir = join(cwd, 'lakebench-output', 'runs', `run-${run_id}`)
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'metrics.json')
  writeFileSync(path, JSON.stringify({ ...judge(record({ run_id })), ...change }))
  return dir
}

save(HONEST, {})
const written = judge(record())
const dir = save(EDITED, { benchmark: { ...written.benchmark, qph: 654_321, power_qph: 654_321 } })
const SAID = 'benchmark.qph: the record says 654321, its own content gives 7200'

test('report draws what is computed, and says what was edited', async () => {
  const { code, stderr } = await lakebench(['report', EDITED], { cwd })
  expect(code).toBe(0)
  expect(stderr).toContain(SAID)
  const page = readFileSync(join(dir, 'report.html'), 'utf8')
  expect(page).toContain('INVALID')
  expect(page).toContain(SAID)
  expect(page).not.toContain('654,321')
})

test('report --list shows it as INVALID, with the QpH that its samples give', async () => {
  const { stdout } = await lakebench(['report', '--list', '--json'], { cwd })
  const { runs } = JSON.parse(stdout)
  expect(runs).toMatchObject([
    { run_id: HONEST, verdict: 'PASSED', problem: null },
    {
      run_id: '20260101-130000-bbbbbb',
      verdict: 'INVALID',
      composite_qph: 7200,
      problem: expect.stringContaining(SAID),
    },
  ])
})

test('compare and gate do not compare it: exit 4', async () => {
  const compared = await lakebench(['compare', HONEST, EDITED, '--json'], { cwd })
  expect(compared.code).toBe(4)
  expect(compared.stdout).toContain(SAID)
  const baseline = join(cwd, 'baseline.json')
  expect((await lakebench(['gate', HONEST, '--write-baseline', baseline], { cwd })).code).toBe(0)
  const gated = await lakebench(['gate', EDITED, '--baseline', baseline], { cwd })
  expect(gated.code).toBe(4)
  expect(
    (await lakebench(['gate', EDITED, '--write-baseline', join(cwd, 'b.json')], { cwd })).code,
  ).toBe(2)
})
