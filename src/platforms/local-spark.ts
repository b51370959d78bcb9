import { basename, join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError } from '../contracts/errors'
import { FINGERPRINT_LIMIT } from '../contracts/limits'
import type { RunPlan } from '../contracts/plan'
import type { ObjectStore, QueryEngine } from '../contracts/ports'
import { machineCapacity } from '../engines/duckdb/capacity'
import { SparkComputeEngine } from '../engines/spark/compute-engine'
import { LocalSpark } from '../engines/spark/local-spark'
import { sparkEnvironment, sparkSettings } from '../engines/spark/settings'
import { requireOwnFiles } from '../iceberg/table'
import type { RunSession } from '../pipeline/parts'
import { never } from '../shared/abort'
import { packageRoot } from '../shared/package-root'
import { holdStorage } from '../storage/lease'
import { localStore } from '../storage/local-store'
import { openS3Store } from '../storage/s3/s3-store'
import { checkCatalog } from './catalog-check'
import { machineRecord } from './machine-record'
import { checkQueryEngine, openQueryEngine } from './query-session'
import { rawDataOf } from './raw-data'
import { localTables, sparkLayout, sparkSums, sparkTables, warehousesOf } from './spark-tables'
import { localRoot } from './storage-place'
import type { LayoutRecord } from './table-layout'

export { generateInto, verifyInto } from './corpus-session'

/** Open Spark on this machine over the store and the catalog that a config names. Nothing is started before the first job. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const storage = await openStorage(config)
  const { store } = storage
  const raw = rawDataOf(config, store)
  const spark = localSpark(config, store)
  let queryEngine: QueryEngine | null = null
  let layout: LayoutRecord | null = null
  let granted: RunPlan['local_spark'] = null
  try {
    queryEngine = await openQueryEngine(config)
  } catch (error) {
    await storage.close()
    throw error
  }
  const location = localTables(config)
  const compute = new SparkComputeEngine({
    driver: spark,
    store,
    ...sparkTables(config, store),
    ...(location && { requireOwnFiles: role => requireOwnFiles(location(role)) }),
    corpus: raw.facts,
    look: raw.look,
    fingerprintLimit: FINGERPRINT_LIMIT[config.architecture.pipeline.fingerprint],
    capacity: async () => machineCapacity(),
    granted: plan => {
      granted = plan.local_spark
      if (!granted)
        throw new PrerequisiteError('This plan was not made for a Spark on this machine.')
      return granted
    },
    describe: async () => {
      const { spark: found, jars } = await spark.installation(never())
      const details: Record<string, string | number> = {
        scala: found.scala,
        java: found.java.version,
      }
      details.jars = jars.map(jar => basename(jar)).join(' ')
      if (granted)
        Object.assign(details, { master: `local[${granted.cores}]`, memory: granted.memory })
      return { name: 'spark', version: found.version, details }
    },
  })
  return {
    compute,
    queryEngine,
    corpus: raw.record,
    environment: async () => ({
      ...machineRecord(),
      engine: await known(compute.describe()),
      ...(queryEngine && { query_engine: await known(queryEngine.describe()) }),
      store: storage.address,
      catalog: config.architecture.catalog.type,
    }),
    look: raw.look,
    layout: async () => {
      layout = await sparkLayout(config, compute, queryEngine)
      return layout
    },
    sums: options => sparkSums(config, compute, queryEngine, layout?.tables ?? {}, options),
    preflight: async ({ needs, signal, onWait }) => {
      if (needs.has('store')) await storage.check()
      if (needs.has('compute')) {
        await spark.installation(signal, jar => onWait(`fetching ${jar}, once`))
        const catalog = await checkCatalog(config.architecture.catalog)
        if (!catalog.healthy)
          throw new PrerequisiteError(
            `The catalog at ${catalog.address}: ${catalog.details.join(' ')}`,
          )
      }
      const query = needs.has('query engine') ? await checkQueryEngine(config) : null
      if (query && !query.healthy) throw new PrerequisiteError(query.details.join(' '))
    },
    close: async () => {
      try {
        await Promise.all([compute.close(), queryEngine?.close()])
      } finally {
        await storage.close()
      }
    },
  }
}

/** A part that does not answer is `null` in the record: why is said by the stage that needed it, and one that none needed costs nothing. */
const known = <T>(fact: Promise<T>): Promise<T | null> => fact.catch(() => null)

interface OpenStorage {
  readonly store: ObjectStore
  readonly address: string
  /** @throws PrerequisiteError naming bucket, address, cause and remedy */
  check(): Promise<void>
  close(): Promise<void>
}

async function openStorage(config: ResolvedConfig): Promise<OpenStorage> {
  const { storage } = config.platform
  if (storage.type === 's3') {
    const store = await openS3Store(storage.s3)
    return {
      store,
      address: storage.s3.endpoint || `AWS S3 in ${storage.s3.region}`,
      check: () => store.ensureBuckets(),
      close: async () => store.close(),
    }
  }
  const root = localRoot(config)
  // A folder has one run at a time; what runs share on a server, the catalog keeps apart by its commits.
  const lease = await holdStorage(root, `lakebench run of ${config.name}`)
  return {
    store: localStore(root),
    address: root,
    check: async () => {},
    close: () => lease.release(),
  }
}

/** Spark on this machine as a config describes it. */
function localSpark(config: ResolvedConfig, store: ObjectStore): LocalSpark {
  const { storage, compute } = config.platform
  const warehouses = warehousesOf(store)
  return new LocalSpark({
    ...compute.spark,
    s3: storage.type === 's3',
    caCert: storage.type === 's3' ? storage.s3.ca_cert : '',
    jobsFolder: join(packageRoot(), 'spark-jobs'),
    env: sparkEnvironment(config.platform),
    secrets: [config],
    settings: (local, maxResultSize) => sparkSettings({ config, warehouses, local, maxResultSize }),
  })
}
