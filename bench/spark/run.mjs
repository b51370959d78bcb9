// Measures the Spark jobs against plain Spark statements, interleaved: each execution is a driver of its own, both have the same Spark,
// cores, heap and raw files (hadoop catalog on this disk). Counted are the seconds inside the jobs and inside the statements.
// Usage: npm run bench:spark [-- --rounds 3] [--scale 0.1037] [--counting] [--strategy simple] [--dir /tmp/lakebench-bench-spark]
// Needs Spark (SPARK_HOME, or PYSPARK_PYTHON with pyspark) and its jars as `lakebench run` finds them; SPARK_JARS names a folder of them.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runBatch } from '../../dist/index.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    // 254,217 rows, 1.12 GB in 16 files: what the plain statements were measured on first.
    scale: { type: 'string', default: '0.1037' },
    strategy: { type: 'string', default: 'auto' },
    counting: { type: 'boolean', default: false },
    dir: { type: 'string', default: join(tmpdir(), 'lakebench-bench-spark') },
  },
})
const dir = resolve(values.dir)
mkdirSync(dir, { recursive: true })
const heap = 4.5 * 2 ** 30
const config = {
  preset: 'local-spark',
  storage: join(dir, 'data'),
  platform: { compute: { spark: { jars: process.env.SPARK_JARS ?? '', driver_memory: heap } } },
  architecture: {
    query_engine: { type: 'none' },
    pipeline: { silver_strategy: values.strategy, fingerprint: 'never' },
    workload: {
      datagen: {
        scale: Number(values.scale),
        file_size: 67 * 2 ** 20,
        timestamp_start: '2023-01-01',
        timestamp_end: '2025-01-01',
      },
    },
  },
}
const median = list => [...list].sort((a, b) => a - b)[(list.length - 1) >> 1]
const quiet = { outputDir: join(dir, 'output') }

async function ours() {
  const run = await runBatch(config, quiet)
  const seconds = name => run.metrics.jobs.find(j => j.job_name === name).engine_seconds
  const [verify, silver, gold] = ['bronze-verify', 'silver-build', 'gold-finalize'].map(seconds)
  return { verify, silver, gold, total: verify + silver + gold }
}

function floor(...flags) {
  const warehouse = join(dir, 'floor')
  rmSync(warehouse, { recursive: true, force: true })
  const jars = readdirSync(process.env.SPARK_JARS).filter(n =>
    n.startsWith('iceberg-spark-runtime'),
  )
  const properties = join(dir, 'floor.properties')
  writeFileSync(
    properties,
    Object.entries({
      'spark.jars': jars.map(n => join(process.env.SPARK_JARS, n)).join(','),
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.driver.host': '127.0.0.1',
      'spark.ui.enabled': 'false',
      'spark.ui.showConsoleProgress': 'false',
      'spark.local.dir': join(dir, 'scratch'),
      'spark.sql.warehouse.dir': join(dir, 'scratch/warehouse'),
    })
      .map(([k, v]) => `${k} ${v}\n`)
      .join(''),
  )
  const raw = join(dir, 'data/bronze/customer/interactions')
  const args = ['--properties-file', properties, '--master', `local[${availableParallelism()}]`]
  args.push(
    '--driver-memory',
    `${heap / 2 ** 20}m`,
    join(import.meta.dirname, 'floor.py'),
    raw,
    warehouse,
    ...flags,
  )
  const text = execFileSync(sparkSubmit(), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: dir,
  })
  return JSON.parse(text.trim().split('\n').at(-1))
}

function sparkSubmit() {
  if (process.env.SPARK_HOME) return join(process.env.SPARK_HOME, 'bin/spark-submit')
  const python = process.env.PYSPARK_PYTHON ?? 'python3'
  const home = execFileSync(
    python,
    ['-c', 'import pyspark, os; print(os.path.dirname(pyspark.__file__))'],
    {
      encoding: 'utf8',
    },
  )
  return join(home.trim(), 'bin/spark-submit')
}

const { generate } = await import('../../dist/index.js')
await generate(config, quiet)
const arms = {
  ours,
  plain: async () => floor(),
  ...(values.counting && { counting: async () => floor('--counting') }),
}
const found = Object.fromEntries(Object.keys(arms).map(name => [name, []]))
for (let round = 0; round < Number(values.rounds); round++) {
  const order = round % 2 ? Object.keys(arms).reverse() : Object.keys(arms)
  for (const name of order) {
    found[name].push(await arms[name]())
    const last = found[name].at(-1)
    console.log(
      `round ${round + 1} ${name.padEnd(9)} ${Object.entries(last)
        .map(([k, v]) => `${k} ${v.toFixed(1)}`)
        .join('  ')}`,
    )
  }
}
console.log('\nseconds inside, medians')
for (const [name, list] of Object.entries(found)) {
  const cells = Object.keys(list[0]).map(
    key => `${key} ${median(list.map(x => x[key])).toFixed(2)}`,
  )
  console.log(`  ${name.padEnd(9)} ${cells.join('  ')}`)
}
for (const other of Object.keys(arms).slice(1)) {
  const ratios = found.ours.map((x, i) => x.total / found[other][i].total)
  console.log(
    `ours ÷ ${other}: median ${median(ratios).toFixed(2)} (${ratios.map(r => r.toFixed(2)).join(' ')})`,
  )
}
