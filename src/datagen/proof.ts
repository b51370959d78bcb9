import { createHash } from 'node:crypto'
import type { CorpusParameters } from './plan'
import { RowBatch } from './row-batch'
import { RowMaker } from './row-maker'

/** Rows that are looked at. */
const MOST = 256

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
