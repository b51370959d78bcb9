import { basename, join } from 'node:path'
import type { ResolvedConfig } from '../config/schema'
import { PrerequisiteError, shortMessage } from '../contracts/errors'
import type { RunPlan } from '../contracts/plan'
import type { ObjectStore, PartStatus } from '../contracts/ports'
import { findInstallation, LocalSpark } from '../engines/spark/local-spark'
import { sparkEnvironment, sparkSettings } from '../engines/spark/settings'
import { requireOwnFiles } from '../iceberg/table'
import type { RunSession } from '../pipeline/pipeline-options'
import { never } from '../shared/abort'
import { machineCapacity } from '../shared/machine-limits'
import { packageRoot } from '../shared/package-root'
import { holdStorage } from '../storage/lease'
import { localStore } from '../storage/local-store'
import { checkCatalog } from './catalog-check'
import { checkQueryEngine } from './query-session'
import {
  localTables,
  openSparkSession,
  type SparkStorage,
  s3Storage,
  warehousesOf,
} from './spark-session'
import { localRoot } from './storage-place'

export { generateInto, verifyInto } from './corpus-session'

/** Open Spark on this machine over the store and the catalog that a config names. Nothing is started before the first job. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const storage = await openStorage(config)
  const spark = localSpark(config, storage.store)
  let granted: RunPlan['local_spark'] = null
  const location = localTables(config)
  return openSparkSession(config, storage, {
    driver: spark,
    requireOwnFiles: location ? role => requireOwnFiles(location(role)) : undefined,
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
  })
}

interface OpenStorage extends SparkStorage {
  /** @throws PrerequisiteError naming bucket, address, cause and remedy */
  check(): Promise<void>
}

async function openStorage(config: ResolvedConfig): Promise<OpenStorage> {
  const { storage } = config.platform
  if (storage.type === 's3') {
    const opened = await s3Storage(storage.s3)
    return { ...opened, check: () => opened.store.ensureBuckets() }
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

/** Asks which Spark of this machine there is, and with which jars. */
export async function computeStatus({ platform }: ResolvedConfig): Promise<PartStatus> {
  const base = { part: 'spark', latency_ms: null }
  try {
    const wanted = { ...platform.compute.spark, s3: platform.storage.type === 's3' }
    const { spark, jars } = await findInstallation(wanted, never())
    const details = [
      `Java ${spark.java.version}, Scala ${spark.scala}`,
      ...jars.map(jar => basename(jar)),
    ]
    return { ...base, address: spark.home, healthy: true, version: spark.version, details }
  } catch (error) {
    const address = platform.compute.spark.home || 'this machine'
    return { ...base, address, healthy: false, version: null, details: [shortMessage(error)] }
  }
}
