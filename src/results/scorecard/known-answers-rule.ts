import type { RunMetrics } from '../../contracts/metrics'
import { KNOWN_ANSWERS } from '../../workload/known-answers'

/**
 * Compares what a run made of a corpus that the package knows with what every engine makes of it. Silver depends on the data clock, so
 * one that was set by hand leaves it out; strategies, partitioning and file sizes change no fingerprint.
 */
export const KNOWN_ANSWERS_RULE = {
  rule: 'known-answers',
  check: (metrics: RunMetrics): { readonly passed: boolean; readonly detail: string } | null => {
    const { corpus, benchmark } = metrics
    const known =
      corpus?.kind === 'generated' &&
      KNOWN_ANSWERS.find(({ corpus: digest }) => digest === corpus.digest)
    if (!known) return null
    const pairs: (readonly [what: string, found: string | null, expected: string])[] = [
      ...([null, known.data_clock].includes(dataClockOf(metrics))
        ? [
            [
              'silver',
              fingerprintOf(metrics, 'silver-build', 'silver-stream'),
              known.silver,
            ] as const,
          ]
        : []),
      ['gold', fingerprintOf(metrics, 'gold-finalize', 'gold-refresh'), known.gold],
      ...(benchmark?.queries ?? []).flatMap(({ name, fingerprint }) => {
        const expected = known.queries[name]
        return expected === undefined ? [] : [[name, fingerprint, expected] as const]
      }),
    ]
    const compared = pairs.filter(([, found]) => found !== null)
    if (compared.length === 0) return null
    const differing = compared.filter(([, found, expected]) => found !== expected)
    const of = `scale ${known.scale}, seed ${known.seed}, generator version ${known.generator_version}`
    return {
      passed: differing.length === 0,
      detail:
        differing.length === 0
          ? `${compared.map(([what]) => what).join(', ')} are as known for ${of}`
          : `for ${of}: ${differing.map(([what, found, expected]) => `${what} is ${found}, known is ${expected}`).join('; ')}`,
    }
  },
}

/** Fingerprint of the stage, or of the stream once everything that landed is in its table. */
function fingerprintOf(
  { jobs, streaming, continuous }: RunMetrics,
  stage: string,
  stream: string,
): string | null {
  if (continuous)
    return continuous.drained
      ? (streaming.find(s => s.job_name === stream)?.output_fingerprint ?? null)
      : null
  return jobs.find(job => job.job_name === stage && job.success)?.output_fingerprint ?? null
}

/** `null`: nobody set one, and the stage, which is a user's own, does not say. */
function dataClockOf({ jobs, continuous, config_snapshot }: RunMetrics): string | null {
  if (continuous) return continuous.data_clock
  const said = jobs.find(job => job.job_name === 'silver-build')?.measurements.data_clock
  if (said !== undefined) return String(said)
  const { architecture } = config_snapshot as {
    architecture?: { pipeline?: { data_clock?: string | null } }
  }
  return architecture?.pipeline?.data_clock ?? null
}
