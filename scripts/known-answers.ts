/**
 * Writes `src/workload/known-answers.ts` from real runs of the embedded engine: `npm run known-answers`. To be run where
 * `GENERATOR_VERSION`, silver, gold or a query changes, and nowhere else: whoever has one of these corpora is judged by it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runBatch } from '../src/index'
import type { KnownAnswers } from '../src/workload/known-answers'

export const KNOWN_SCALES = [0.001, 0.01]
const FILE = '../src/workload/known-answers.ts'

/** What a run leaves with all defaults but the scale, each query once. */
export async function measureAnswers(scale: number): Promise<KnownAnswers> {
  const dir = mkdtempSync(join(tmpdir(), 'lakebench-known-'))
  try {
    const { metrics } = await runBatch(
      {
        scale,
        storage: join(dir, 'data'),
        architecture: { benchmark: { iterations: 1, min_seconds: 0 } },
      },
      { generate: true, outputDir: join(dir, 'output') },
    )
    const { corpus, jobs, benchmark } = metrics
    const job = (name: string) => jobs.find(({ job_name }) => job_name === name)!
    return {
      generator_version: corpus!.generator_version!,
      seed: corpus!.seed!,
      scale,
      corpus: corpus!.digest,
      data_clock: String(job('silver-build').measurements.data_clock),
      silver: job('silver-build').output_fingerprint!,
      gold: job('gold-finalize').output_fingerprint!,
      queries: Object.fromEntries(
        benchmark!.queries.map(({ name, fingerprint }) => [name, fingerprint!]),
      ),
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const render = (
  known: readonly KnownAnswers[],
) => `/** Fingerprints of what a generated corpus with default parameters becomes, on every engine. */
export interface KnownAnswers {
  readonly generator_version: number
  readonly seed: number
  readonly scale: number
  /** Digest of the raw rows. */
  readonly corpus: string
  /** Silver depends on it; gold and the answers do not. */
  readonly data_clock: string
  readonly silver: string
  readonly gold: string
  readonly queries: Readonly<Record<string, string>>
}

/** Written by \`npm run known-answers\`. */
export const KNOWN_ANSWERS: readonly KnownAnswers[] = ${JSON.stringify(known, null, 2)}
`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const known: KnownAnswers[] = []
  for (const scale of KNOWN_SCALES) known.push(await measureAnswers(scale))
  writeFileSync(new URL(FILE, import.meta.url), render(known))
  console.log(`${fileURLToPath(new URL(FILE, import.meta.url))}: run \`npm run format\`.`)
}
