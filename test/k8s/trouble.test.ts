import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { newRunId } from '../../src/pipeline/run-folder'
import { cleanup } from '../../src/platforms/cleanup'
import { eventually, kubectl, leftovers, startParts, stopPart } from './cluster'
import { restartWithoutHistory } from './control-plane'
import { type OpenTrial, openTrial } from './spark-on-cluster'

const opened: OpenTrial[] = []
async function open(...args: Parameters<typeof openTrial>): Promise<OpenTrial> {
  const trial = await openTrial(...args)
  opened.push(trial)
  return trial
}
const running = (trial: OpenTrial) =>
  eventually(
    'an executor at work',
    async () =>
      (await kubectl(
        'get',
        'pods',
        '-l',
        `lakebench.io/run=${trial.runId},spark-role=executor`,
        '--field-selector=status.phase=Running',
        '-o',
        'name',
      )) !== '',
  )

afterEach(async () => {
  for (const trial of opened.splice(0)) await trial.spark.close()
  expect(await leftovers()).toEqual([])
})

describe('ended from outside', () => {
  test('an abort rejects with its reason, and nothing of the application runs any more', async () => {
    const trial = await open()
    const stop = new AbortController()
    const run = trial.run('sleeps', { argument: '300', signal: stop.signal }).catch(e => e)
    await running(trial)
    stop.abort(new Error('enough'))
    expect((await run).message).toBe('enough')
    expect(
      await kubectl('get', 'pods', '-l', `lakebench.io/run=${trial.runId}`, '-o', 'name'),
    ).toBe('')
  })

  test('a timeout does the same', async () => {
    const trial = await open()
    const error = await trial
      .run('sleeps', { argument: '300', signal: AbortSignal.timeout(20_000) })
      .catch(e => e)
    expect(error.name).toBe('TimeoutError')
    expect(
      await kubectl(
        'get',
        'pods,sparkapplications',
        '-l',
        `lakebench.io/run=${trial.runId}`,
        '-o',
        'name',
      ),
    ).toBe('')
  })

  test('a killed lakebench leaves what the next one with the same run id, or cleanup, removes', async () => {
    const killed = newRunId()
    const child = await startElsewhere(killed)
    await eventually('its application', async () =>
      (await leftovers(`lakebench.io/run=${killed}`)).some(n => n.includes('sparkapplication')),
    )
    await kill(child)
    const resumed = await open({ runId: killed })
    await resumed.run('counts')
    await resumed.spark.close()
    expect(await leftovers(`lakebench.io/run=${killed}`)).toEqual([])

    const forgotten = newRunId()
    const other = await startElsewhere(forgotten)
    await eventually('its application', async () =>
      (await leftovers(`lakebench.io/run=${forgotten}`)).some(n => n.includes('sparkapplication')),
    )
    await kill(other)
    const swept = await cleanup({ preset: 'kubernetes' })
    expect(swept.map(s => s.run_id)).toEqual([forgotten])
    expect(swept[0]!.removed.join()).toMatch(
      /sparkapplications\/.*configmaps\/.*secrets\/.*leases\//,
    )
  })

  test('a run that lives is not taken over, nor swept', async () => {
    const trial = await open()
    const run = trial.run('sleeps', { argument: '10' })
    await running(trial)
    const second = await open({ runId: trial.runId })
    await expect(second.run('counts')).rejects.toThrow(/lives in namespace/)
    expect(await cleanup({ preset: 'kubernetes' })).toEqual([])
    await run
  })
})

describe('two runs at once in one namespace', () => {
  test('both complete, and the end of one leaves the other alone', async () => {
    const [a, b] = [await open(), await open()]
    const long = b.run('sleeps', { argument: '8' })
    await a.run('counts')
    await a.spark.close()
    await long
    expect(await a.log()).toContain('counted 1000')
    expect(await b.log()).toContain('sleeping 2')
  })
})

describe('a control plane that fails', () => {
  test('an API server that restarts, with its history compacted, does not end a job', async () => {
    const trial = await open()
    const run = trial.run('sleeps', { argument: '30' })
    await running(trial)
    await restartWithoutHistory()
    await run
    expect(trial.states.at(-1)!.state).toBe('completed')
  })

  test('an operator that is absent is told of, with what to look at', async () => {
    await stopPart('spark-operator')
    try {
      const trial = await open()
      await expect(trial.run('counts')).rejects.toThrow(
        /Nobody takes up lb-.*spark-operator does not run, or does not watch namespace/,
      )
    } finally {
      await startParts()
    }
  })
})

/** A process that was sent the signal is there for a moment yet, and until then it lives for everybody. */
async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await eventually('its end', async () => child.exitCode !== null || child.signalCode !== null)
}

/** A job in a process of its own, which can be killed. */
async function startElsewhere(runId: string): Promise<ChildProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'lakebench-test-'))
  const file = join(dir, 'elsewhere.test.ts')
  const helper = resolve(import.meta.dirname, 'spark-on-cluster.ts')
  writeFileSync(
    file,
    `import { test } from ${JSON.stringify(resolve(import.meta.dirname, '../../node_modules/vitest/dist/index.js'))}
import { openTrial } from ${JSON.stringify(helper)}
test('runs', async () => { const t = await openTrial({ runId: ${JSON.stringify(runId)} }); await t.run('sleeps', { argument: '300' }) })`,
  )
  const root = resolve(import.meta.dirname, '../..')
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      dir,
      '--dir',
      dir,
      '--pool',
      'threads',
      '--testTimeout',
      '300000',
      file,
    ],
    {
      cwd: root,
      stdio: 'ignore',
    },
  )
  child.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  return child
}
