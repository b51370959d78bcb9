import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/fake-parts'
import { recordIn } from '../support/record-in'
import { lakebench, MAIN } from './process'

const root = tempDir()

/** The command with these files as its stdout and stderr. */
function runInto(cwd: string, stdout: number | 'pipe', stderr: number | 'pipe') {
  const child = spawn(
    process.execPath,
    [MAIN, 'run', '--generate', '--scale', '0.001', '--skip-benchmark'],
    {
      cwd,
      stdio: ['ignore', stdout, stderr],
    },
  )
  child.stdout?.destroy()
  child.stderr?.destroy()
  return new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('close', (code, signal) => done({ code, signal }))
  })
}

const verdict = (cwd: string) => {
  const runs = join(cwd, 'lakebench-output/runs')
  return JSON.parse(readFileSync(join(runs, readdirSync(runs)[0]!, 'metrics.json'), 'utf8')).verdict
}

test('output that cannot be written ends no run: a full disk under a log', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('there is no /dev/full')
  const cwd = mkdtempSync(join(root, 'case-'))
  const full = openSync('/dev/full', 'w')
  const ended = await runInto(cwd, full, full)
  closeSync(full)
  expect({ ...ended, verdict: verdict(cwd) }).toEqual({ code: 0, signal: null, verdict: 'PASSED' })
})

test('output that cannot be written ends no run: pipes that nobody reads any more', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  const ended = await runInto(cwd, 'pipe', 'pipe')
  expect({ ...ended, verdict: verdict(cwd) }).toEqual({ code: 0, signal: null, verdict: 'PASSED' })
})

test.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-', '2>/dev/full'])(
  'a command with %s does its work',
  async closed => {
    const cwd = mkdtempSync(join(root, 'case-'))
    const init = `exec "${process.execPath}" "${MAIN}" init ${closed}`
    const child = spawn('/bin/sh', ['-c', init], { cwd, stdio: 'pipe' })
    const code = await new Promise(done => child.on('close', done))
    expect(code).toBe(0)
    expect(readdirSync(cwd)).toContain('lakebench.yaml')
  },
)

test('a run without input and output does its work', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  const run = `exec "${process.execPath}" "${MAIN}" generate --scale 0.0005 --json <&- >&- 2>&-`
  const code = await new Promise(done => spawn('/bin/sh', ['-c', run], { cwd }).on('close', done))
  expect({ code, verdict: verdict(cwd) }).toEqual({ code: 0, verdict: 'PASSED' })
})

test('an interrupt does not wait for a reader who stands still', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  // A pipe that is full before the command says anything, and never read.
  const command = `head -c 1000000 /dev/zero & exec "${process.execPath}" "${MAIN}" generate --scale 0.05 --json`
  const env = { ...process.env, LAKEBENCH_TEST: cwd }
  const child = spawn('/bin/sh', ['-c', command], { cwd, env, detached: true })
  await expect.poll(() => recordIn(cwd)?.status).toBe('aborted')
  process.kill(child.pid!, 'SIGTERM')
  const patience = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 12_000)
  const code = await new Promise(done => child.on('exit', done))
  clearTimeout(patience)
  process.kill(-child.pid!, 'SIGKILL')
  expect(code).toBe(130)
  expect(recordIn(cwd)).toMatchObject({
    error_message: expect.stringContaining('Interrupted by SIGTERM.'),
  })
})

test('sequences in keys, names and words of the command line never reach the terminal', async () => {
  const cwd = mkdtempSync(join(root, 'case-'))
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e'
  const outcomes = await Promise.all([
    lakebench(['validate', `no${evil}.yaml`], { cwd }),
    lakebench(['run', `--${evil}`], { cwd }),
    lakebench(['run', '--resume', evil], { cwd }),
    lakebench(['compare', evil, evil], { cwd }),
    lakebench(['validate', '--json', `no${evil}.yaml`], { cwd }),
  ])
  for (const { code, stdout, stderr } of outcomes) {
    expect(code).toBe(2)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  }
})
