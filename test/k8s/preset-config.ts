import type { LakebenchConfigInput } from '../../src/config/schema'
import { servers } from '../stack/servers'
import { BRIEF } from '../support/small-run'
import { cluster, s3For } from './cluster'

/** Pods with a fifth of a core spend most of it on compiling Spark well, for a few rows. */
const QUICK_JAVA = '-XX:TieredStopAtLevel=1'

export interface PresetChange {
  readonly datagen: object
  readonly s3?: object
  readonly kubernetes?: object
  readonly pipeline?: object
}

/** The preset as a user writes it, its profiles at the share that two cores hold; tables and buckets bear the name. */
export function presetConfig(
  name: string,
  { datagen, s3, kubernetes, pipeline }: PresetChange,
): LakebenchConfigInput {
  return {
    preset: 'kubernetes',
    platform: {
      storage: { type: 's3', s3: { ...s3For(name), ...s3 } },
      kubernetes: {
        image: cluster.image(),
        service_account: 'lakebench-spark',
        scratch: { storage_class: 'scratch' },
        ...kubernetes,
      },
      compute: {
        spark: {
          profile_share: 0.05,
          bronze_executors: 1,
          silver_executors: 1,
          gold_executors: 1,
          conf: {
            'spark.driver.extraJavaOptions': QUICK_JAVA,
            'spark.executor.extraJavaOptions': QUICK_JAVA,
          },
        },
      },
    },
    architecture: {
      ...(pipeline && { pipeline }),
      catalog: {
        type: 'rest',
        uri: servers.catalog(),
        uri_in_cluster: cluster.fromPods(servers.catalog()),
      },
      query_engine: { type: 'trino', url: servers.trino() },
      workload: { datagen },
      benchmark: BRIEF,
      tables: {
        bronze: `${name}_bronze.raw`,
        silver: `${name}_silver.customer`,
        gold: `${name}_gold.dashboard`,
      },
    },
  } as LakebenchConfigInput
}
