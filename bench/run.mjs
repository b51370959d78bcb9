// Measures lakebench against a floor, interleaved, so that a drifting machine weighs on both arms alike.
// Usage: npm run bench [-- --only pipeline,queries,generate,startup] [--rounds 5] [--scale 0.1] [--dir /tmp/lakebench-bench]
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'pipeline,queries,generate,startup' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '0.1' },
    dir: { type: 'string', default: join(tmpdir(), 'lakebench-bench') },
  },
})
const here = import.meta.dirname
const dir = resolve(values.dir)
const storage = join(dir, 'data')
const output = join(dir, 'output')
const rounds = Number(values.rounds)
mkdirSync(dir, { recursive: true })

const json = (script, ...args) => {
  const text = execFileSync(process.execPath, [join(here, script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(text.trim().split('\n').at(-1))
}
const wall = args => {
  const started = performance.now()
  execFileSync(process.execPath, args, { stdio: 'ignore' })
  return { total: (performance.now() - started) / 1000 }
}
const median = list => {
  const s = [...list].sort((a, b) => a - b)
  return s.length % 2 ? s[s.length >> 1] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2
}
const shown = x => (Math.abs(x) >= 100 ? x.toFixed(0) : x.toPrecision(3))

/** Rounds of both arms, order alternating; prints medians and the median of the per-round ratios. */
function compare(title, ours, floor, limit) {
  const a = []
  const b = []
  for (let i = 0; i < rounds; i++) {
    const arms = [() => a.push(ours()), () => b.push(floor())]
    for (const arm of i % 2 ? arms.reverse() : arms) arm()
  }
  const ratios = a.map((x, i) => x.total / b[i].total)
  console.log(`\n${title} (${rounds} rounds, interleaved)`)
  for (const key of Object.keys(a[0])) {
    const other = b[0][key] === undefined ? '' : `   floor ${shown(median(b.map(x => x[key])))}`
    console.log(`  ${key.padEnd(14)} ours ${shown(median(a.map(x => x[key])))}${other}`)
  }
  const spread = [...ratios]
    .sort((x, y) => x - y)
    .map(r => r.toFixed(2))
    .join(' ')
  console.log(
    `  ratio          median ${median(ratios).toFixed(2)}${limit ? `, wanted at most ${limit}` : ''}   (${spread})`,
  )
}

const wanted = new Set(values.only.split(','))
if ((wanted.has('pipeline') || wanted.has('queries')) && !existsSync(join(storage, 'bronze')))
  json('ours.mjs', 'generate', storage, output, values.scale)
if (wanted.has('pipeline')) {
  compare(
    'verify + silver + gold, seconds',
    () => json('ours.mjs', 'pipeline', storage, output, values.scale),
    () => json('floor.mjs', 'pipeline', storage, join(dir, 'floor')),
    1.0,
  )
  rmSync(join(dir, 'floor'), { recursive: true, force: true })
}
if (wanted.has('queries')) {
  json('ours.mjs', 'pipeline', storage, output, values.scale)
  compare(
    'eight queries, hot, seconds',
    () => json('ours.mjs', 'queries', storage, output, values.scale),
    () => json('floor.mjs', 'queries', storage),
    1.2,
  )
}
if (wanted.has('generate')) {
  const fresh = join(dir, 'generate')
  const bytes = String(Math.round(Number(values.scale) * 10 * 2 ** 30))
  compare(
    'generation, seconds (the floor is one thread that only makes and writes hex)',
    () => {
      rmSync(fresh, { recursive: true, force: true })
      return json('ours.mjs', 'generate', fresh, output, values.scale)
    },
    () => json('write-floor.mjs', join(dir, 'write-floor'), bytes),
  )
  rmSync(fresh, { recursive: true, force: true })
}
if (wanted.has('startup')) {
  const cli = resolve(here, '../dist/cli/main.js')
  compare(
    'lakebench --help, wall seconds (floor: node -e 0)',
    () => wall([cli, '--help']),
    () => wall(['-e', '0']),
  )
  const lib = resolve(here, '../dist/index.js')
  compare(
    "import 'lakebench', wall seconds (floor: node -e 0)",
    () => wall(['--input-type=module', '-e', `import ${JSON.stringify(lib)}`]),
    () => wall(['-e', '0']),
  )
}
