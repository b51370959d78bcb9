import { join } from 'node:path'
import type { ResolvedConfig } from './contracts/config'
import { PrerequisiteError } from './contracts/errors'
import type { RunPlan } from './contracts/plan'
import type { ObjectStore, QueryEngine } from './contracts/ports'
import { corpusFacts, readCorpus } from './datagen/corpus'
import { machineCapacity } from './engines/duckdb/capacity'
import { DuckDbQueryEngine } from './engines/duckdb/query-engine'
import { Relations } from './engines/duckdb/relations'
import { DuckDbSession } from './engines/duckdb/session'
import { SparkComputeEngine } from './engines/spark/compute-engine'
import { LocalSpark } from './engines/spark/local-spark'
import type { SparkTable } from './engines/spark/render-job'
import { CATALOGS, sparkEnvironment, sparkSettings } from './engines/spark/settings'
import { checkCatalog } from './lakehouse/catalog-check'
import { acquireLease } from './lakehouse/lease'
import { localStore } from './lakehouse/local-store'
import { parseTableName, tableLocation } from './lakehouse/table-name'
import { machineRecord } from './machine-record'
import { packageRoot } from './package-root'
import type { RunSession } from './pipeline/parts'
import { localRoot } from './run-support'

export { generateInto, verifyInto } from './embedded-session'

/** Open Spark on this machine over the store and the catalog that a config names. Nothing is started before the first job. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const root = localRoot(config)
  const store = localStore(root)
  const lease = await acquireLease(join(root, '.lakebench'), `lakebench run of ${config.name}`)
  const spark = localSpark(config, store)
  let granted: RunPlan['local_spark'] = null
  const compute = new SparkComputeEngine({
    driver: spark,
    store,
    ...sparkTables(config, store),
    corpus: () => corpusFacts(root),
    capacity: async () => machineCapacity(),
    granted: plan => {
      granted = plan.local_spark
      if (!granted) throw new PrerequisiteError('This plan was not made for a Spark on this machine.')
      return granted
    },
    describe: async () => {
      const { spark: found } = await spark.installation(new AbortController().signal)
      const details: Record<string, string | number> = { scala: found.scala, java: found.java.version }
      if (granted) Object.assign(details, { master: `local[${granted.cores}]`, memory: granted.memory })
      return { name: 'spark', version: found.version, details }
    },
  })
  const queryEngine = await openQueryEngine(config, root)
  return {
    compute,
    queryEngine,
    corpus: () => readCorpus(root),
    environment: async () => ({ ...machineRecord(), engine: await compute.describe() }),
    preflight: async ({ signal }) => {
      await spark.installation(signal)
      const catalog = await checkCatalog(config.architecture.catalog)
      if (!catalog.healthy)
        throw new PrerequisiteError(`The catalog at ${catalog.address}: ${catalog.details.join(' ')}`)
    },
    close: async () => {
      try {
        await compute.close()
        await queryEngine?.close()
      } finally {
        await lease.release()
      }
    },
  }
}

function localSpark(config: ResolvedConfig, store: ObjectStore): LocalSpark {
  const { storage, compute } = config.platform
  const secrets = storage.type === 's3' ? [storage.s3.access_key, storage.s3.secret_key] : []
  // Paths without a scheme, as the embedded engine writes them, so that either can go on with the other's tables.
  const warehouses = { silver: store.location('silver/warehouse'), gold: store.location('gold/warehouse') }
  return new LocalSpark({
    ...compute.spark,
    s3: storage.type === 's3',
    jobsFolder: join(packageRoot(), 'spark-jobs'),
    env: sparkEnvironment(config.platform),
    secrets: [...secrets, config.architecture.catalog.token].filter(s => s !== ''),
    settings: (local, maxResultSize) => sparkSettings({ config, warehouses, local, maxResultSize }),
  })
}

function sparkTables(config: ResolvedConfig, store: ObjectStore): { silver: SparkTable; gold: SparkTable } {
  const { tables, catalog } = config.architecture
  const table = (layer: 'silver' | 'gold'): SparkTable => {
    const { namespace, table: name } = parseTableName(tables[layer])
    const folder = `${layer}/warehouse/${namespace}/${name}`
    return {
      catalog: CATALOGS[layer],
      namespace,
      table: name,
      // A hadoop catalog decides the place itself, and comes to the same.
      location: catalog.type === 'hadoop' ? null : store.location(folder),
    }
  }
  return { silver: table('silver'), gold: table('gold') }
}

async function openQueryEngine(config: ResolvedConfig, root: string): Promise<QueryEngine | null> {
  const { query_engine, tables } = config.architecture
  if (query_engine.type === 'none') return null
  const session = await DuckDbSession.open(join(root, '.lakebench', 'tmp'))
  const relations = new Relations({
    silver: tableLocation(root, 'silver', parseTableName(tables.silver)),
    gold: tableLocation(root, 'gold', parseTableName(tables.gold)),
    bronze: async () => {
      throw new PrerequisiteError('Queries over {bronze} need the embedded engine; ask {silver} or {gold}.')
    },
  })
  const engine = new DuckDbQueryEngine(session, relations)
  return {
    dialect: engine.dialect,
    capabilities: engine.capabilities,
    query: (sql, options) => engine.query(sql, options),
    flushCaches: () => engine.flushCaches(),
    describe: () => engine.describe(),
    close: async () => session.close(),
  }
}
