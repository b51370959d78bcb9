import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { lakebench } from '../cli/resident'
import { tempDir } from '../support/fake-parts'
import { BRIEF } from '../support/small-run'

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')

/** Lines that need more than this machine. */
const ELSEWHERE = ['lakebench cleanup my-config.yaml']

/** The same command over less data, for less time. */
const LESS: readonly (readonly [written: string, tried: string])[] = [
  ['run --generate --scale 0.1', 'run --generate --scale 0.001'],
  ['ab a.yaml b.yaml --generate', 'ab a.yaml b.yaml --generate --rounds 2'],
  ['run --continuous --profile short', 'run --continuous --profile short --duration 10'],
]

const SMALL = {
  architecture: {
    benchmark: BRIEF,
    workload: { datagen: { scale: 0.001, file_size: '4mb', workers: 1, rows_per_second: 200 } },
    pipeline: {
      continuous: {
        profile: 'short',
        bronze_trigger_interval: 1,
        silver_trigger_interval: 1,
        gold_refresh_interval: 2,
        benchmark_warmup: 3,
        benchmark_interval: 3,
      },
    },
  },
}

function commandsOf(block: string | undefined): string[] {
  return block!
    .split('\n')
    .map(line => line.replace(/\s+#.*/, '').trim())
    .flatMap(line => line.split(' && '))
    .map(line => line.replace(/^npx /, ''))
    .filter(line => line.startsWith('lakebench '))
}

const blocks = [...README.matchAll(/```bash\n(.*?)```/gs)].map(match => match[1])
const lines = [
  blocks[0],
  README.split('## From the command line')[1]!.match(/```bash\n(.*?)```/s)?.[1],
].flatMap(commandsOf)

test('the lines of the README work in the order in which they stand', {
  timeout: 240_000,
}, async () => {
  const cwd = cwdOfLines
  // YAML reads JSON.
  for (const name of ['lakebench.yaml', 'my-config.yaml', 'a.yaml', 'b.yaml'])
    writeFileSync(join(cwd, name), JSON.stringify(SMALL))
  expect(lines.length).toBeGreaterThan(15)
  for (const line of lines) {
    if (ELSEWHERE.includes(line)) continue
    // Whoever begins with this line has none yet; here it made the others small.
    if (line === 'lakebench init') rmSync(join(cwd, 'lakebench.yaml'))
    const [, ...args] = lessOf(line).split(' ')
    const { code, stdout, stderr } = await lakebench(withIds(args, cwd), { cwd })
    expect(code, `${line}\n${stdout}\n${stderr}`).toBe(0)
  }
})

const cwdOfLines = tempDir()

function lessOf(line: string): string {
  const less = LESS.find(([written]) => line === `lakebench ${written}`)
  return less ? `lakebench ${less[1]}` : line
}

/** `<run>` and `<series>` stand for an id: here each for a later one than the next. */
function withIds(args: readonly string[], cwd: string): string[] {
  const latest = (kind: string) =>
    readdirSync(join(cwd, 'lakebench-output', kind))
      .map(name => name.replace(/^(run|series)-/, ''))
      .sort()
  if (!args.some(arg => arg.includes('<'))) return [...args]
  const ids: Readonly<Record<string, string[]>> = { run: latest('runs'), series: latest('series') }
  return args.map(arg => arg.replace(/<(run|series)>/, (_, kind: string) => ids[kind]!.pop()!))
}
