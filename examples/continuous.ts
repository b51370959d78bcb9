// A short continuous run: three streams, a producer beside them, benchmark rounds meanwhile.
import { runContinuous } from 'lakebench'

const { metrics } = await runContinuous(
  {
    storage: process.env.LAKEBENCH_STORAGE ?? './lakebench-data',
    architecture: {
      pipeline: {
        continuous: {
          profile: 'short',
          run_duration: 15,
          bronze_trigger_interval: 1,
          silver_trigger_interval: 2,
          gold_refresh_interval: 3,
          benchmark_warmup: 3,
          benchmark_interval: 3,
        },
      },
      workload: { datagen: { rows_per_second: 200 } },
    },
  },
  {
    outputDir: process.env.LAKEBENCH_OUTPUT ?? './lakebench-output',
    on: {
      'round:end': e =>
        console.log(
          `round ${e.round}: ${e.qph?.toFixed(0)} queries an hour, gold ${e.gold_freshness_seconds?.toFixed(1)} s old`,
        ),
    },
  },
)

const { data_freshness_seconds, ingest_ratio, composite_qph } = metrics.pipeline_benchmark.scores
console.log({ verdict: metrics.verdict, data_freshness_seconds, ingest_ratio, composite_qph })
