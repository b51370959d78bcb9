// A pipeline with a stage of one's own: check the silver table before gold is built, and fail the run when it is off.
import { loadConfig, presets, Stage } from 'lakebench'

const config = await loadConfig({
  scale: Number(process.env.SCALE ?? 0.01),
  storage: process.env.LAKEBENCH_STORAGE ?? './lakebench-data',
})

const rowCheck = new Stage('row-check', async ctx => {
  const bronze = Number((await ctx.query('select count(*) from {bronze}')).scalar())
  const silver = Number((await ctx.query('select count(*) from {silver}')).scalar())
  if (silver > bronze) throw new Error(`silver has ${silver} rows, bronze only ${bronze}`)
  return { bronze_rows: bronze, silver_rows: silver, kept_share: silver / bronze }
})

const pipeline = presets.batch(config, { generate: true }).insertAfter('silver-build', rowCheck)
pipeline.on('stage:end', e => console.log(e.stage, e.status, `${Math.round(e.duration_ms)} ms`))

const run = await pipeline.run({
  signal: AbortSignal.timeout(3_600_000),
  outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output',
})
console.log(run.metrics.jobs.find(j => j.job_name === 'row-check')?.measurements)
console.log(run.benchmark?.toArrow().numRows, 'timed executions')
