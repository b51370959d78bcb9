import { createHash } from 'node:crypto'
import { z } from 'zod'
import { jsonFault } from '../contracts/documents'
import { PrerequisiteError } from '../contracts/errors'
import type { ObjectStore } from '../contracts/ports'
import type { CorpusLocation } from './location'
import { type CorpusParameters, fileCount, GENERATOR_VERSION, partPlan, rowsOfScale } from './plan'
import { RowBatch } from './row-batch'
import { sumDigests } from './row-digest'
import { RowMaker } from './row-maker'
import { addDirt, DIRT_KINDS, type DirtCounts, noDirt } from './vocabulary'

const whole = z.number().int().nonnegative()
const share = z.number().min(0).max(1)

const DirtSchema = z.object(
  Object.fromEntries(DIRT_KINDS.map(kind => [kind, whole])) as Record<
    keyof DirtCounts,
    typeof whole
  >,
)

const FileSchema = z.object({
  index: whole,
  /** Below the storage root. */
  key: z.string(),
  first_row: whole,
  rows: whole,
  bytes: whole,
  /** SHA-256 of the file's bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Digest of its Parquet footer, and the store's time and tag of its last write; `null` where nobody noted them. */
  footer: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
  modified: whole.nullable().default(null),
  etag: z.string().nullable().default(null),
  /** Digest of its rows; see RowDigest. */
  row_digest: z.string().regex(/^[0-9a-f]{32}$/),
  dirt: DirtSchema,
})
export type ManifestFile = z.infer<typeof FileSchema>

/** Columns by what decides them, so that a difference names the parameter; each depends on the seed too, the first on nothing else. */
const COLUMNS = {
  seed: ['event_id'],
  'customers or zipf_exponent': ['customer_id'],
  'timestamp_start, timestamp_end, date_skew or event_clock': ['event_timestamp'],
  dirty_data_ratio: ['email_raw', 'phone_raw', 'city_raw', 'state_raw', 'data_quality_flag'],
} as const

/** Digests of a corpus's first rows, by the parameters that decide them. */
export type Proof = Record<keyof typeof COLUMNS, string>
export const PROOF_KEYS = Object.keys(COLUMNS) as readonly (keyof Proof)[]

const ManifestSchema = z.object({
  generator_version: whole,
  parameters: z.object({
    scale: z.number().positive(),
    seed: whole,
    rows: whole.positive(),
    rows_per_file: whole.positive(),
    customers: whole.positive(),
    dirty_data_ratio: share,
    zipf_exponent: z.number().nonnegative(),
    date_skew: share,
    timestamp_start: z.iso.datetime(),
    timestamp_end: z.iso.datetime(),
    /** Older manifests know no other. */
    event_clock: z.enum(['uniform', 'replay']).default('uniform'),
  }),
  /** Every file of the corpus is listed. */
  complete: z.boolean(),
  totals: z.object({ files: whole, rows: whole, bytes: whole, dirt: DirtSchema }),
  /** Sum of the files' row digests, hence of the rows, whatever the cut. */
  digest: z.string().regex(/^[0-9a-f]{32}$/),
  /** Digest of its first rows, so that parameters which are not those of the rows are noticed; older manifests have none. */
  proof: z.record(z.enum(PROOF_KEYS), z.string()).nullable().default(null),
  files: z.array(FileSchema),
})
/** The generator's own account of a corpus, finished or not. */
export type Manifest = z.infer<typeof ManifestSchema>

/** The account of these files; complete when they are all there are. */
export function buildManifest(
  parameters: CorpusParameters,
  made: Iterable<ManifestFile>,
): Manifest {
  const files = [...made].sort((a, b) => a.index - b.index)
  const dirt = noDirt()
  for (const file of files) addDirt(dirt, file.dirt)
  return {
    generator_version: GENERATOR_VERSION,
    parameters,
    complete: files.length === fileCount(parameters),
    totals: {
      files: files.length,
      rows: files.reduce((sum, file) => sum + file.rows, 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      dirt,
    },
    digest: sumDigests(files.map(file => file.row_digest)),
    proof: proofOf(parameters),
    files,
  }
}

/** @throws PrerequisiteError where a manifest is there but cannot be used */
export async function readManifest(
  store: ObjectStore,
  location: CorpusLocation,
): Promise<Manifest | null> {
  const path = store.location(location.manifest)
  const bytes = await store.get(location.manifest)
  if (bytes === null) return null
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw broken(path, location, `it is no JSON (${jsonFault(error)})`, error)
  }
  const parsed = ManifestSchema.safeParse(json)
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!
    throw broken(path, location, `${at.join('.') || 'the document'}: ${message}`, parsed.error)
  }
  const contradiction = contradictionIn(parsed.data, location)
  if (contradiction) throw broken(path, location, contradiction)
  return parsed.data
}

/** Replace the manifest, whole or not at all, on stable storage. */
export async function writeManifest(
  store: ObjectStore,
  location: CorpusLocation,
  manifest: Manifest,
): Promise<void> {
  await store.put(location.manifest, `${JSON.stringify(manifest, null, 1)}\n`)
}

function contradictionIn(manifest: Manifest, { prefix }: CorpusLocation): string | null {
  const { parameters, files, totals, complete, digest } = manifest
  const wrong = wrongParameter(manifest)
  if (wrong) return wrong
  const expected = fileCount(parameters)
  for (const [i, file] of files.entries()) {
    const plan = partPlan(parameters, file.index, prefix)
    if (file.index >= expected || (i > 0 && file.index <= files[i - 1]!.index)) {
      return `files.${i}: index ${file.index} is out of place`
    }
    if (file.key !== plan.key || file.first_row !== plan.first_row || file.rows !== plan.rows) {
      const rows =
        file.rows === plan.rows
          ? ''
          : `, with ${file.rows} rows for ${plan.rows} by rows and rows_per_file`
      return `files.${i}: ${file.key} is not file ${file.index} of this corpus${rows}`
    }
  }
  if (complete !== (files.length === expected)) {
    return `complete is ${complete}, with ${files.length} of ${expected} files`
  }
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (totals.files !== files.length || totals.rows !== rows || totals.bytes !== bytes) {
    return 'totals are not the sums over the files'
  }
  const dirt = noDirt()
  for (const file of files) addDirt(dirt, file.dirt)
  const kind = DIRT_KINDS.find(name => totals.dirt[name] !== dirt[name])
  if (kind) return `totals.dirt.${kind} is ${totals.dirt[kind]}, the files have ${dirt[kind]}`
  return digest === sumDigests(files.map(file => file.row_digest))
    ? null
    : 'digest is not the sum over the files'
}

/** Parameters that contradict each other, or are not those that the rows were made with. */
function wrongParameter({ parameters, generator_version, proof }: Manifest): string | null {
  const { scale, rows } = parameters
  if (rows !== rowsOfScale(scale))
    return `parameters.rows is ${rows}, but scale ${scale} has ${rowsOfScale(scale)} rows`
  if (proof === null || generator_version !== GENERATOR_VERSION) return null
  const now = proofOf(parameters)
  const name = PROOF_KEYS.find(key => now[key] !== proof[key])
  return name
    ? `parameters: ${name} is not what its rows were made with (seed ${parameters.seed}, scale ${scale} there)`
    : null
}

function broken(
  path: string,
  { prefix }: CorpusLocation,
  problem: string,
  cause?: unknown,
): PrerequisiteError {
  return new PrerequisiteError(
    `The corpus manifest ${path} cannot be used: ${problem}. Restore it, or delete it together with the files in ${prefix} and generate again.`,
    { cause },
  )
}

/** Rows that are looked at. */
const MOST = 256

/** Proofs by their parameters: a run reads its manifest a dozen times. */
const known = new Map<string, Proof>()

/** The first rows of a corpus of these parameters, made once a process. */
export function proofOf(parameters: CorpusParameters): Proof {
  const key = JSON.stringify(parameters)
  const proof = known.get(key) ?? makeProof(parameters)
  known.set(key, proof)
  return proof
}

function makeProof(parameters: CorpusParameters): Proof {
  const rows = Math.min(MOST, parameters.rows)
  const batch = new RowBatch(rows)
  new RowMaker(parameters).fill(batch, 0, rows)
  const digest = (names: readonly (keyof typeof batch.columns)[]) => {
    const cells = names.flatMap(name => batch.columns[name].slice(0, rows).map(textOf))
    return createHash('sha256').update(cells.join('\n')).digest('hex').slice(0, 16)
  }
  return Object.fromEntries(PROOF_KEYS.map(key => [key, digest(COLUMNS[key])])) as Proof
}

const textOf = (cell: unknown): string =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell)
