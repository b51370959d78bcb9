import { join } from 'node:path'
import type { ResolvedConfig } from './contracts/config'
import type { JobProgress } from './contracts/jobs'
import { corpusFacts, generateCorpus, readCorpus } from './datagen/corpus'
import { verifyCorpus } from './datagen/verify-corpus'
import { DuckDbComputeEngine } from './engines/duckdb/compute-engine'
import { DuckDbQueryEngine } from './engines/duckdb/query-engine'
import { DuckDbSession } from './engines/duckdb/session'
import { acquireLease } from './lakehouse/lease'
import { localStore } from './lakehouse/local-store'
import { parseTableName, tableLocation } from './lakehouse/table-name'
import { machineRecord } from './machine-record'
import type { RunSession } from './pipeline/parts'
import type { CorpusFindings, DatagenOutcome } from './pipeline/stages/datagen'
import { localRoot } from './run-support'

/** Where lakebench keeps what is neither data nor record: the lock and spilled data. */
const HOUSEKEEPING = '.lakebench'

/** Open the engines over one storage folder, alone: a second run there is refused while this one lives. */
export async function openSession(config: ResolvedConfig): Promise<RunSession> {
  const root = localRoot(config)
  const { silver, gold } = config.architecture.tables
  const lease = await acquireLease(join(root, HOUSEKEEPING), `lakebench run of ${config.name}`)
  try {
    const session = await DuckDbSession.open(join(root, HOUSEKEEPING, 'tmp'))
    const compute = new DuckDbComputeEngine({
      session,
      store: localStore(root),
      silver: tableLocation(root, 'silver', parseTableName(silver)),
      gold: tableLocation(root, 'gold', parseTableName(gold)),
      corpus: () => corpusFacts(root),
    })
    const queryEngine =
      config.architecture.query_engine.type === 'none' ? null : new DuckDbQueryEngine(session, compute.relations)
    return {
      compute,
      queryEngine,
      corpus: () => readCorpus(root),
      environment: async () => ({ ...machineRecord(), engine: await compute.describe() }),
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
  const root = localRoot(config)
  const made = await generateCorpus({ root, config: config.architecture.workload.datagen, ...options })
  const { corpus, reused_files, generated_files, workers, elapsed_seconds, cpu_seconds, rows_written, bytes_written } =
    made
  return {
    corpus,
    measurement: {
      elapsed_seconds,
      input_rows: null,
      output_rows: rows_written,
      input_bytes: null,
      output_bytes: corpus.bytes,
      bytes_read: null,
      bytes_written,
      cpu_seconds,
      peak_memory_bytes: null,
      output_files: generated_files,
    },
    details: { reused_files, generated_files, workers },
  }
}

/** Compare the raw files with the manifest, as a stage of a run that already holds the storage folder. */
export async function verifyInto(
  config: ResolvedConfig,
  options: { signal: AbortSignal; onProgress: (progress: JobProgress) => void },
): Promise<CorpusFindings> {
  const { files_checked, findings } = await verifyCorpus(localRoot(config), options)
  return { files_checked, findings: findings.map(f => f.message) }
}
