import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { lakebench, start } from './process'

const root = tempDir()
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'))
})

const record = () => {
  const runs = join(cwd, 'lakebench-output/runs')
  return JSON.parse(readFileSync(join(runs, readdirSync(runs)[0]!, 'metrics.json'), 'utf8'))
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s stops the run, which leaves its record and goes on later',
  async signal => {
    const run = start(['run', '--generate', '--scale', '0.01'], { cwd })
    await run.says('datagen: started')
    run.child.kill(signal)
    const { code, stderr, stdout } = await run.ended
    expect(stderr).toContain('Stopping the engines and writing the record')
    expect(code).toBe(130)
    expect(stdout).toMatch(/^INTERRUPTED in /m)
    const id = record().run_id
    const reason = `datagen: Interrupted by ${signal}.`
    expect(record()).toMatchObject({
      status: 'aborted',
      verdict: 'INTERRUPTED',
      success: false,
      error_message: reason,
    })
    expect(record().pipeline_benchmark.stages[0]).toMatchObject({
      stage_name: 'datagen',
      status: 'aborted',
    })
    expect(stderr).toContain('datagen: aborted after')
    expect(stderr).toContain(
      `Go on with it: lakebench run --generate --scale 0.01 --resume ${id}\n`,
    )
    expect(`${stdout}${stderr}`).not.toMatch(/failed/i)
    const page = readFileSync(join(cwd, `lakebench-output/runs/run-${id}/report.html`), 'utf8')
    expect(page).toContain(`Interrupted by ${signal}.`)
    expect(page).not.toMatch(/datagen<\/span>.{0,200}failed/s)
    const again = await lakebench(['generate', '--scale', '0.01', '-q'], { cwd })
    expect(again.code).toBe(0)
  },
)

test('a second signal ends at once', async () => {
  const run = start(['run', '--generate', '--scale', '0.01'], { cwd })
  await run.says('datagen: started')
  run.child.kill('SIGINT')
  run.child.kill('SIGTERM')
  expect((await run.ended).code).toBe(130)
})
