import { cpus, type as osType, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ResolvedConfig } from './contracts/config'
import type { JobProgress } from './contracts/jobs'
import { generateIn, verifyIn } from './corpus-session'
import { corpusFacts, readCorpus } from './datagen/corpus'
import { localPlace } from './datagen/local-place'
import { requireEmbedded } from './embedded-support'
import { machineCapacity } from './engines/duckdb/capacity'
import { DuckDbComputeEngine } from './engines/duckdb/compute-engine'
import { DuckDbQueryEngine } from './engines/duckdb/query-engine'
import { DuckDbSession } from './engines/duckdb/session'
import { acquireLease } from './lakehouse/lease'
import { localStore } from './lakehouse/local-store'
import { parseTableName, tableLocation } from './lakehouse/table-name'
import { packageVersion } from './package-root'
import type { RunSession } from './pipeline/parts'
import type { CorpusFindings, DatagenOutcome } from './pipeline/stages/datagen'

/** Where lakebench keeps what is neither data nor record: the lock and spilled data. */
const HOUSEKEEPING = '.lakebench'

/** Open the engines over one storage folder, alone: a second run there is refused while this one lives. */
export async function openEmbedded(config: ResolvedConfig): Promise<RunSession> {
  const root = requireEmbedded(config)
  const place = localPlace(root)
  const { silver, gold } = config.architecture.tables
  const lease = await acquireLease(join(root, HOUSEKEEPING), `lakebench run of ${config.name}`)
  try {
    const session = await DuckDbSession.open(join(root, HOUSEKEEPING, 'tmp'))
    const compute = new DuckDbComputeEngine({
      session,
      store: localStore(root),
      silver: tableLocation(root, 'silver', parseTableName(silver)),
      gold: tableLocation(root, 'gold', parseTableName(gold)),
      corpus: () => corpusFacts(place),
    })
    const queryEngine =
      config.architecture.query_engine.type === 'none' ? null : new DuckDbQueryEngine(session, compute.relations)
    return {
      compute,
      queryEngine,
      corpus: () => readCorpus(place),
      environment: async () => ({ ...machine(), engine: await compute.describe() }),
      close: async () => {
        try {
          await compute.close()
        } finally {
          await lease.release()
        }
      },
    }
  } catch (error) {
    await lease.release()
    throw error
  }
}

/** Data generation as a stage of a run that already holds the storage folder. */
export async function generateInto(
  config: ResolvedConfig,
  options: { signal: AbortSignal; onProgress: (progress: JobProgress) => void; regenerate: boolean },
): Promise<DatagenOutcome> {
  return await generateIn(localPlace(requireEmbedded(config)), config.architecture.workload.datagen, options)
}

/** Compare the raw files with the manifest, as a stage of a run that already holds the storage folder. */
export async function verifyInto(
  config: ResolvedConfig,
  options: { signal: AbortSignal; onProgress: (progress: JobProgress) => void },
): Promise<CorpusFindings> {
  return await verifyIn(localPlace(requireEmbedded(config)), options)
}

function machine(): Record<string, unknown> {
  const capacity = machineCapacity()
  return {
    lakebench_version: packageVersion(),
    node_version: process.version,
    os: `${osType()} ${release()}`,
    architecture: process.arch,
    cpu_model: cpus()[0]?.model ?? null,
    cores: capacity.cores,
    memory_bytes: totalmem(),
    memory_limit_bytes: capacity.memory,
  }
}
