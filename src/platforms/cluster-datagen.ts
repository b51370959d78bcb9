import { randomBytes } from 'node:crypto'
import { escapeReferences } from '../config/environment'
import type { ResolvedConfig } from '../config/schema'
import type { JobProgress } from '../contracts/jobs'
import { admitShards } from '../datagen/corpus'
import { ProgressMeter } from '../datagen/make-missing'
import { corpusRecord } from '../datagen/read-corpus'
import { collectShards, shardFiles } from '../datagen/shards'
import { asPodsSeeIt, sparkEnvironment } from '../engines/spark/settings'
import { connect } from '../kubernetes/connect'
import {
  awaitJob,
  type BatchJob,
  CONFIG_FILE,
  CONFIG_FOLDER,
  datagenJob,
} from '../kubernetes/datagen-job'
import { explainKubeError } from '../kubernetes/kube-error'
import { RunClaim } from '../kubernetes/run-claim'
import type { DatagenOutcome } from '../pipeline/stages/datagen'
import { MIB } from '../shared/format'
import { readRegularFile } from '../shared/read-file'
import { redactorOf } from '../shared/redaction'
import { recommend } from '../sizing/recommend'
import { atPlace, generateInto } from './corpus-session'
import { s3Of } from './storage-place'

interface StageOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: JobProgress) => void
  readonly regenerate: boolean
}

/** Progress is gathered from the store so often. */
const TICK_MS = 5_000
const LEAST_MEMORY = 512 * MIB
const CA_FILE = 'ca.crt'

/** Make the raw corpus with pods of lakebench's image where the config names one, in this process otherwise. */
export async function generateOnCluster(
  config: ResolvedConfig,
  options: StageOptions,
): Promise<DatagenOutcome> {
  if (config.platform.kubernetes.datagen.image === '') return generateInto(config, options)
  return atPlace(config, async place => {
    const begun = performance.now()
    const { datagen } = config.architecture.workload
    const { location, parameters, manifest, missing } = await admitShards(
      place,
      datagen,
      options.regenerate,
    )
    const meter = new ProgressMeter({
      rowsTotal: parameters.rows - manifest.totals.rows,
      phases: ['writing', 'committing'],
      report: options.onProgress,
    })
    const pods = missing === 0 ? 0 : podCount(config, missing)
    let counted = { rows: 0, bytes: 0 }
    const onTick = async () => {
      const files = await shardFiles(place.store, location)
      const now = {
        rows: files.reduce((sum, file) => sum + file.rows, 0),
        bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      }
      meter.add(now.rows - counted.rows, now.bytes - counted.bytes)
      counted = now
    }
    let whole = manifest
    if (pods > 0) {
      try {
        await runJob(config, pods, { signal: options.signal, onTick })
      } finally {
        // What was made is known to the next attempt, however this one ended.
        whole = await collectShards(place.store, location, parameters)
      }
    }
    meter.finish()
    const had = new Set(manifest.files.map(file => file.index))
    const fresh = whole.files.filter(file => !had.has(file.index))
    const bytes_written = fresh.reduce((sum, file) => sum + file.bytes, 0)
    return {
      corpus: corpusRecord(whole, location),
      measurement: {
        elapsed_seconds: (performance.now() - begun) / 1000,
        input_rows: null,
        output_rows: fresh.reduce((sum, file) => sum + file.rows, 0),
        input_bytes: null,
        output_bytes: whole.totals.bytes,
        bytes_read: null,
        bytes_written,
        cpu_seconds: null,
        peak_memory_bytes: null,
        output_files: fresh.length,
      },
      details: { reused_files: had.size, generated_files: fresh.length, pods },
    }
  })
}

/** No more pods than files. */
const podCount = (config: ResolvedConfig, files: number): number =>
  Math.min(
    files,
    config.platform.kubernetes.datagen.pods ??
      recommend({ scale: config.architecture.workload.datagen.scale }).datagen.count,
  )

async function runJob(
  config: ResolvedConfig,
  pods: number,
  { signal, onTick }: { signal: AbortSignal; onTick: () => Promise<void> },
): Promise<void> {
  const { kubernetes } = config.platform
  const api = await connect(kubernetes)
  const id = `datagen-${randomBytes(4).toString('hex')}`
  try {
    const claim = await RunClaim.take(api, id, signal)
    try {
      const files = await createFiles(claim, config, signal)
      const job = datagenJob({
        name: `lakebench-${id}`,
        claim: id,
        owner: claim.owner,
        image: kubernetes.datagen.image,
        pullSecrets: kubernetes.image_pull_secrets,
        placement: kubernetes,
        pods,
        shape: podShape(config),
        ...files,
      })
      const created = await api.create<BatchJob>(api.in('batch/v1', 'jobs'), job, signal)
      const pendingMs = kubernetes.pending_timeout * 1000
      await awaitJob(created, { api, claim: id, signal, pendingMs, everyMs: TICK_MS, onTick })
    } finally {
      await claim.release()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw withoutSecrets(explainKubeError(error, 'run the data generation', api.server), config)
  }
}

function podShape({ platform, architecture }: ResolvedConfig) {
  const { cores, memory } = recommend({ scale: architecture.workload.datagen.scale }).datagen
  const share = platform.compute.spark.profile_share
  return {
    cores: Math.max(0.1, Math.round(cores * share * 100) / 100),
    memory: Math.max(LEAST_MEMORY, Math.floor(memory * share)),
  }
}

/** The config of the pods, which holds references to the keys, and the keys. */
async function createFiles(
  claim: RunClaim,
  config: ResolvedConfig,
  signal: AbortSignal,
): Promise<{ config: string; secret: string }> {
  const { ca_cert } = s3Of(config)
  const files = {
    [CONFIG_FILE]: JSON.stringify(podConfig(config), null, 1),
    ...(ca_cert !== '' && { [CA_FILE]: String(await readRegularFile(ca_cert)) }),
  }
  return {
    config: await claim.createMap('config', files, signal),
    secret: await claim.createSecret('secrets', sparkEnvironment(config.platform), signal),
  }
}

function podConfig(config: ResolvedConfig): object {
  const s3 = s3Of(asPodsSeeIt(config))
  const { datagen } = config.architecture.workload
  const workers = datagen.workers ?? Math.max(1, Math.floor(podShape(config).cores))
  return {
    preset: 'local-spark',
    platform: {
      storage: {
        type: 's3',
        s3: {
          ...escapeReferences(s3),
          create_buckets: false,
          access_key: `\${AWS_ACCESS_KEY_ID:-}`,
          secret_key: `\${AWS_SECRET_ACCESS_KEY:-}`,
          ca_cert: s3.ca_cert === '' ? '' : `${CONFIG_FOLDER}/${CA_FILE}`,
        },
      },
    },
    architecture: {
      query_engine: { type: 'none' },
      workload: { datagen: { ...datagen, workers } },
    },
  }
}

/** A pod's last lines are its own; its keys are nobody else's. */
function withoutSecrets(error: unknown, config: ResolvedConfig): unknown {
  if (!(error instanceof Error)) return error
  error.message = redactorOf(config)(error.message)
  return error
}
