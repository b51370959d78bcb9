import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { javaHome, program, put, sparkHome } from '../engines/spark/fake-spark'
import { ID, page, scriptedServer, wholeQuery } from '../engines/trino/scripted-server'
import { tempDir } from '../support/fake-parts'
import { recordIn } from '../support/record-in'
import { lakebench, type Started, start, startedBy } from './process'

const root = tempDir()
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'))
})

/** The promise is five seconds; the rest is for a machine that other tests keep busy. Before, a drain took thirty. */
const PATIENCE_MS = 12_000
const SMALL = ['--scale', '0.01']

interface Phase {
  readonly name: string
  readonly signal: NodeJS.Signals
  /** Starts the command; resolves when it is in the phase. */
  begin(
    command: (args: readonly string[], env?: Record<string, string>) => Started,
  ): Promise<Started>
  /** What is there beside the record of the run. */
  also?(): void
}

/** What it answers when it is asked for its catalogs. */
const CATALOGS = { columns: [{ name: 'Catalog', type: 'varchar' }], data: [['lakehouse']] }

const recordThere = () => expect.poll(() => recordIn(cwd)?.status, { interval: 20 }).toBe('aborted')

const events = () => {
  const runs = join(cwd, 'lakebench-output/runs')
  return readFileSync(join(runs, readdirSync(runs)[0]!, 'events.jsonl'), 'utf8')
}

const series = () => {
  const folder = join(cwd, 'lakebench-output/series')
  return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!, 'series.json'), 'utf8'))
}

/** Its Spark says nothing for as long as one looks. */
function silentSpark(): string {
  const home = sparkHome(join(cwd, 'spark'))
  put(join(cwd, 'jars/iceberg-spark-runtime-4.1_2.13-1.12.0.jar'))
  program(join(home, 'bin/spark-submit'), `touch ${join(cwd, 'started')}; sleep 100 & sleep 100`)
  javaHome(join(cwd, 'java'), '17.0.2')
  return `preset: local-spark
storage: ${join(cwd, 'data')}
platform: { compute: { spark: { home: ${home}, jars: ${join(cwd, 'jars')} } } }
`
}

const phases: readonly Phase[] = [
  {
    name: 'a round of ab',
    signal: 'SIGINT',
    async begin(command) {
      for (const name of ['a', 'b']) writeFileSync(join(cwd, `${name}.yaml`), `name: ${name}\n`)
      await lakebench(['generate', '-q', '--output-dir', 'other', '--scale', '0.001'], { cwd })
      const run = command(['ab', 'a.yaml', 'b.yaml', '--rounds', '2', '--scale', '0.001'])
      await recordThere()
      return run
    },
    also: () => expect(series().status).toBe('interrupted'),
  },
  {
    name: 'the data generation of run --repeat',
    signal: 'SIGHUP',
    async begin(command) {
      const run = command(['run', '--repeat', '2', '--generate', ...SMALL])
      await recordThere()
      return run
    },
    also: () => expect(series().status).toBe('interrupted'),
  },
  {
    name: 'a window with batches in hand',
    signal: 'SIGTERM',
    async begin(command) {
      const continuous = '{ bronze_trigger_interval: 1, silver_trigger_interval: 1 }'
      const config = `architecture: { pipeline: { continuous: ${continuous} } }\n`
      writeFileSync(join(cwd, 'lakebench.yaml'), config)
      const run = command(['run', '--continuous', '--duration', '60', ...SMALL])
      await recordThere()
      await Promise.race([run.ended, expect.poll(events).toContain('stream:progress')])
      return run
    },
  },
  {
    name: 'a query of Trino',
    signal: 'SIGTERM',
    async begin(command) {
      let asked = () => {}
      const reached = new Promise<void>(done => {
        asked = done
      })
      const server = await scriptedServer(
        wholeQuery(({ method, path, body }, url) => {
          if (method === 'POST' && body.includes('customer_')) {
            asked()
            return page(url, 'QUEUED', '/v1/statement/queued/7')
          }
          if (method === 'GET' && path === '/v1/statement/queued/7') return 'hang'
          if (method === 'POST') return page(url, 'FINISHED', null, CATALOGS)
          return path.startsWith(`/v1/query/${ID}`) ? { body: { state: 'RUNNING' } } : undefined
        }),
      )
      writeFileSync(
        join(cwd, 'lakebench.yaml'),
        `preset: local-spark
platform:
  storage: { type: s3, s3: { endpoint: "${server.url}", access_key: a, secret_key: bbbbbbbbbb } }
architecture:
  catalog: { type: rest, uri: "${server.url}" }
  query_engine: { type: trino, url: "${server.url}" }
`,
      )
      const run = command(['benchmark'])
      await Promise.race([reached, run.ended])
      return run
    },
  },
  {
    name: 'the start of Spark',
    signal: 'SIGINT',
    async begin(command) {
      writeFileSync(join(cwd, 'lakebench.yaml'), silentSpark())
      await lakebench(['generate', '-q', '--output-dir', 'other', '--scale', '0.0005'], { cwd })
      const run = command(['run', '--stage', 'bronze-verify', '--scale', '0.0005'], {
        JAVA_HOME: join(cwd, 'java'),
      })
      await Promise.race([run.ended, expect.poll(() => readdirSync(cwd)).toContain('started')])
      return run
    },
  },
]

test.each(phases)(
  '$signal in $name ends it, with its record and nothing left running',
  async phase => {
    const run = await phase.begin((args, env) =>
      start(args, { cwd, env: { ...env, LAKEBENCH_TEST: cwd } }),
    )
    if (run.child.exitCode !== null) throw new Error(`It ended: ${(await run.ended).stderr}`)
    if (process.platform === 'linux') expect(startedBy(cwd)).not.toEqual([])
    run.child.kill(phase.signal)
    const late = setTimeout(() => run.child.kill('SIGKILL'), PATIENCE_MS)
    const { code, signal, stderr } = await run.ended
    clearTimeout(late)
    expect({ code, signal, stderr }).toMatchObject({ code: 130, signal: null })
    expect(recordIn(cwd)).toMatchObject({ status: 'aborted', verdict: 'INTERRUPTED' })
    expect(recordIn(cwd)!.error_message).toContain(`Interrupted by ${phase.signal}.`)
    phase.also?.()
    expect(startedBy(cwd)).toEqual([])
  },
)
