// How often does `lakebench ab` call a config faster or slower than itself? Usage: node bench/aa.mjs [--sessions 20] [--rounds 10]
// [--scale 0.002] [--minutes 10]. Expects a build (npm run build). At 5 % a session, more than 3 wrong ones of 20 happen by
// chance in 1.6 % of the cases: then the method, or the machine, is to be looked at.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

const tally = { sessions: 0, wrong: 0, invalid: 0, verdicts: {} }
try {
  await writeFile(config, `name: same\narchitecture: { workload: { datagen: { scale: ${values.scale} } } }\n`)
  await lakebench('generate', config, '--quiet')
  const began = performance.now()
  for (let session = 1; session <= sessions; session++) {
    const { comparison } = JSON.parse(
      await lakebench('ab', config, config, '--rounds', values.rounds, '--json', '--quiet'),
    )
    const [pair] = comparison.pairs
    const times = [...pair.headlines, ...pair.metrics]
    const changed = times.filter(time => time.verdict === 'faster' || time.verdict === 'slower')
    tally.sessions++
    if (changed.length > 0) tally.wrong++
    if (pair.invalid_reasons.length > 0) tally.invalid++
    for (const { verdict } of times) tally.verdicts[verdict] = (tally.verdicts[verdict] ?? 0) + 1
    const seconds = (performance.now() - began) / 1000
    const found =
      changed.map(time => `${time.label} ${time.verdict} ${time.ratio.toFixed(3)}`).join(', ') || 'no change'
    console.error(
      `session ${session} of ${sessions}: ${pair.invalid_reasons.join('; ') || found} (${seconds.toFixed(0)} s)`,
    )
    if (seconds + seconds / session > 60 * minutes) break
  }
} finally {
  await rm(work, { recursive: true, force: true })
}
console.log(JSON.stringify(tally, null, 2))
