// How often does `lakebench ab` call a config faster or slower than itself, and does it matter who runs first? Usage: node bench/aa.mjs [--sessions 20] [--rounds 10]
// [--scale 0.002] [--minutes 10]. Expects a build (npm run build). At 5 % a session, more than 3 wrong ones of 20 happen by
// chance in 1.6 % of the cases: then the method, or the machine, is to be looked at.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const main = resolve(dirname(fileURLToPath(import.meta.url)), '../dist/cli/main.js')
const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '10' },
    scale: { type: 'string', default: '0.002' },
    minutes: { type: 'string', default: '10' },
  },
})
const [sessions, minutes] = [Number(values.sessions), Number(values.minutes)]
const work = await mkdtemp(join(tmpdir(), 'lakebench-aa-'))
const config = join(work, 'same.yaml')
const run = promisify(execFile)

async function lakebench(...args) {
  try {
    return (await run(process.execPath, [main, ...args], { cwd: work, maxBuffer: 2 ** 28 })).stdout
  } catch (error) {
    // 4: a session that a control made invalid is an outcome too.
    if (error.code === 4) return error.stdout
    throw new Error(`lakebench ${args[0]} ended with ${error.code}: ${error.stderr.trim()}`)
  }
}

const tally = { sessions: 0, wrong: 0, invalid: 0, pipelineAboveOne: 0, verdicts: {} }
/** Logarithms of the pipeline's time of the arm that ran second in a round over the one that ran first. */
const secondOverFirst = []

/** Whatever arm it was: an effect of the place in the round itself. */
async function placesOf({ series }) {
  const rounds = new Map()
  for (const { run_id, round, position } of series.runs) {
    if (round === 0) continue
    const path = join(work, 'lakebench-output', 'runs', `run-${run_id}`, 'metrics.json')
    const { jobs } = JSON.parse(await readFile(path, 'utf8'))
    const of = name => jobs.find(job => job.job_name === name)
    const seconds =
      (Date.parse(of('gold-finalize').end_time) - Date.parse(of('bronze-verify').start_time)) / 1000
    rounds.set(round, { ...rounds.get(round), [position]: seconds })
  }
  for (const { 0: first, 1: second } of rounds.values())
    secondOverFirst.push(Math.log(second / first))
}

function effectOfPlace() {
  const n = secondOverFirst.length
  const mean = secondOverFirst.reduce((sum, d) => sum + d, 0) / n
  const error = Math.sqrt(
    secondOverFirst.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1) / n,
  )
  const ratio = d => Number(Math.exp(d).toFixed(4))
  return {
    rounds: n,
    ratio: ratio(mean),
    interval: [ratio(mean - 1.96 * error), ratio(mean + 1.96 * error)],
  }
}
try {
  await writeFile(
    config,
    `name: same\narchitecture: { workload: { datagen: { scale: ${values.scale} } } }\n`,
  )
  await lakebench('generate', config, '--quiet')
  const began = performance.now()
  for (let session = 1; session <= sessions; session++) {
    const found = JSON.parse(
      await lakebench('ab', config, config, '--rounds', values.rounds, '--json', '--quiet'),
    )
    const { comparison } = found
    await placesOf(found)
    const [pair] = comparison.pairs
    const times = [...pair.headlines, ...pair.metrics]
    const changed = times.filter(time => time.verdict === 'faster' || time.verdict === 'slower')
    tally.sessions++
    if (pair.headlines.find(({ metric }) => metric === 'pipeline').ratio > 1)
      tally.pipelineAboveOne++
    if (changed.length > 0) tally.wrong++
    if (pair.invalid_reasons.length > 0) tally.invalid++
    for (const { verdict } of times) tally.verdicts[verdict] = (tally.verdicts[verdict] ?? 0) + 1
    const seconds = (performance.now() - began) / 1000
    const text =
      changed.map(time => `${time.label} ${time.verdict} ${time.ratio.toFixed(3)}`).join(', ') ||
      'no change'
    console.error(
      `session ${session} of ${sessions}: ${pair.invalid_reasons.join('; ') || text} (${seconds.toFixed(0)} s)`,
    )
    if (seconds + seconds / session > 60 * minutes) break
  }
} finally {
  await rm(work, { recursive: true, force: true })
}
console.log(JSON.stringify({ ...tally, second_over_first: effectOfPlace() }, null, 2))
