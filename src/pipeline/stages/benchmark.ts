import type { BenchmarkMetrics } from '../../contracts/benchmark-metrics'
import { JobFailedError } from '../../contracts/errors'
import { UNCOUNTED } from '../../contracts/jobs'
import { QueryBenchmark } from '../benchmark/query-benchmark'
import { sameBenchmark } from '../resume'
import { Stage } from '../stage'

/** Time the analytical queries. A failed query makes the benchmark invalid and the run fail. */
export function benchmarkStage(): Stage<BenchmarkMetrics> {
  return new Stage<BenchmarkMetrics>(
    'benchmark',
    async ctx => {
      const { queryEngine: engine, signal, emit, config } = ctx
      if (!engine) {
        throw new JobFailedError(
          'There is no query engine to benchmark: architecture.query_engine.type is none. Set it, or use --skip-benchmark.',
        )
      }
      // Tables that this run did not build may not be there: said once, before any query is timed.
      if (!ctx.results.has('gold-finalize'))
        for (const table of ['silver', 'gold'])
          await engine.query(`SELECT 1 FROM {${table}} WHERE 1 = 0`, { signal })
      const onProgress = (done: number, total: number) =>
        ctx.progress({ ...UNCOUNTED, fraction: total > 0 ? done / total : null })
      const { metrics } = await new QueryBenchmark(engine).run({
        ...config.architecture.benchmark,
        signal,
        emit,
        onProgress,
      })
      if (metrics.cache_proof && !metrics.cache_proof.proven)
        ctx.warn(`Cold cache is not proven: ${metrics.cache_proof.detail}`)
      const empty = metrics.queries.filter(q => q.success && q.rows_returned === 0).map(q => q.name)
      if (empty.length > 0) ctx.warn(`${empty.join(', ')} returned no rows`)
      return metrics
    },
    {
      needs: ['query engine'],
      recordsJob: false,
      keeps: (earlier, snapshot) =>
        sameBenchmark(earlier, snapshot) ? { benchmark: earlier.benchmark! } : null,
      record: benchmark => ({ benchmark }),
      verdict: metrics =>
        metrics.valid
          ? null
          : new JobFailedError(`the benchmark is invalid: ${metrics.invalid_reasons.join('; ')}`),
    },
  )
}
