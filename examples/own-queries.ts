// Queries of one's own, timed as the eight are, over the tables of a run.
import { defineQuery, openQueryEngine, QueryBenchmark, runBatch } from 'lakebench'

const config = {
  storage: process.env.LAKEBENCH_STORAGE ?? './lakebench-data',
  scale: Number(process.env.SCALE ?? 0.01),
  generate: true,
}
await runBatch(config, {
  skipBenchmark: true,
  outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output',
})

const busiestDays = defineQuery({
  name: 'busiest_days',
  sql: 'SELECT interaction_date, daily_active_customers FROM {gold}',
  order_by: ['daily_active_customers desc', 'interaction_date'],
  limit: 5,
})
const channels = defineQuery({
  name: 'channels',
  sql: 'SELECT channel, count(*) AS interactions, sum(transaction_amount) AS revenue FROM {silver} GROUP BY channel',
})

const engine = await openQueryEngine(config)
try {
  const { metrics, qph } = await new QueryBenchmark(engine, [busiestDays, channels]).run({
    iterations: 3,
  })
  for (const { name, engine_seconds, rows_returned, fingerprint } of metrics.queries)
    console.log({ name, engine_seconds, rows_returned, fingerprint })
  console.log(`${qph?.toFixed(0)} of these queries an hour`)
} finally {
  await engine.close()
}
