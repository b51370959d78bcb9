// Measures what TrinoBenchmark adds to the time that Trino itself says a query took, beside a floor: bare `fetch` that follows
// nextUri. Needs a running Trino and `npm run build`.
// Usage: LAKEBENCH_TRINO=http://127.0.0.1:8080 node bench/trino.mjs [--rounds 8] [--catalog lakehouse --silver s.t --gold g.t]
// Without tables, the queries are on Trino's tpch catalog.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { benchmarkQueries, TrinoBenchmark } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    catalog: { type: 'string', default: 'lakehouse' },
    silver: { type: 'string' },
    gold: { type: 'string' },
  },
})
const url = process.env.LAKEBENCH_TRINO
if (!url)
  throw new Error('Set LAKEBENCH_TRINO to the address of a Trino, e.g. http://127.0.0.1:8080.')
const headers = { 'X-Trino-User': 'lakebench', 'X-Trino-Source': 'lakebench-floor' }

const TPCH = [
  'SELECT 1',
  'SELECT count(*) FROM tpch.tiny.lineitem',
  'SELECT orderpriority, count(*) FROM tpch.tiny.orders GROUP BY orderpriority ORDER BY orderpriority',
  'SELECT returnflag, linestatus, sum(quantity), avg(extendedprice), count(*) FROM tpch.tiny.lineitem GROUP BY returnflag, linestatus ORDER BY 1, 2',
  'SELECT n.name, sum(l.extendedprice) FROM tpch.tiny.lineitem l JOIN tpch.tiny.supplier s ON s.suppkey = l.suppkey JOIN tpch.tiny.nation n ON n.nationkey = s.nationkey GROUP BY n.name ORDER BY 2 DESC',
  'SELECT orderdate, sum(totalprice) FROM tpch.tiny.orders GROUP BY orderdate ORDER BY orderdate DESC LIMIT 90',
  'SELECT custkey, count(*) FROM tpch.tiny.orders GROUP BY custkey ORDER BY 2 DESC, 1 LIMIT 30',
  'SELECT * FROM tpch.tiny.nation ORDER BY nationkey',
]
const own = values.silver && values.gold
const queries = own
  ? benchmarkQueries('trino')
  : TPCH.map((sql, i) => ({
      name: `T${i + 1}`,
      display_name: sql,
      class: 'scan',
      sql,
      fingerprint: () => '',
    }))
const quoted = name => {
  const dot = name.lastIndexOf('.')
  return [values.catalog, name.slice(0, dot), name.slice(dot + 1)]
    .map(part => `"${part}"`)
    .join('.')
}
const bound = sql =>
  own
    ? sql.replaceAll('{silver}', quoted(values.silver)).replaceAll('{gold}', quoted(values.gold))
    : sql

const ours = async () => {
  const { catalog, silver, gold } = values
  const tables = own ? { catalog, silver, gold } : { catalog: 'tpch' }
  const { metrics } = await new TrinoBenchmark({ url, ...tables, queries }).run()
  if (!metrics.valid) throw new Error(metrics.invalid_reasons.join('\n'))
  return metrics.queries.flatMap(q => q.samples.map(s => s.fetch_seconds * 1000))
}

const fetched = async sql => {
  const started = performance.now()
  let answer = await (
    await fetch(`${url}/v1/statement`, { method: 'POST', body: sql, headers })
  ).json()
  while (answer.nextUri) answer = await (await fetch(answer.nextUri, { headers })).json()
  if (answer.stats.state !== 'FINISHED')
    throw new Error(JSON.stringify(answer.error ?? answer.stats))
  return performance.now() - started - answer.stats.elapsedTimeMillis
}
const floor = async () => {
  const found = []
  for (const { sql } of queries) {
    await fetched(bound(sql))
    found.push(await fetched(bound(sql)))
  }
  return found
}

const quantile = (list, q) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))]
const found = { ours: [], floor: [] }
await ours()
for (let i = 0; i < Number(values.rounds); i++) {
  const arms = [
    async () => found.ours.push(...(await ours())),
    async () => found.floor.push(...(await floor())),
  ]
  for (const arm of i % 2 ? arms.reverse() : arms) await arm()
}
console.log(
  `client time beyond the server's elapsed time, milliseconds, ${own ? 'the eight queries' : 'tpch'}`,
)
for (const [name, list] of Object.entries(found)) {
  const shown = [0.5, 0.95].map(q => quantile(list, q).toFixed(1))
  const wanted = name === 'ours' ? ', wanted at most 10 at the median' : ''
  console.log(
    `  ${name.padEnd(6)} median ${shown[0]}   p95 ${shown[1]}   (${list.length} executions${wanted})`,
  )
}
