import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../src/workload/dialects/all'
import { renderTableFingerprint } from '../../src/workload/fingerprint'
import { GOLD_COLUMNS } from '../../src/workload/gold-kpis'
import { QUERIES } from '../../src/workload/queries'
import { renderGold, renderSilver } from '../../src/workload/render'
import { renderProfile, renderVerify, renderVerifyScans } from '../../src/workload/verify'

const CONTEXT = { dataClock: '2025-01-01', processedAt: '2026-01-02T03:04:05.678901Z' }
const WINDOW = { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' }

describe.each(Object.values(DIALECTS))('$name', dialect => {
  const verify = renderVerify(dialect, { source: '{bronze}', window: WINDOW })
  const texts: Record<string, string> = {
    silver: renderSilver(dialect, CONTEXT, {
      source: '{bronze}',
      where: "event_timestamp >= TIMESTAMP '2024-01-01 00:00:00'",
    }),
    gold: renderGold(dialect),
    verify: verify.sql,
    'quality-flags': verify.qualityFlagsSql,
    'verify-keys': renderVerifyScans(dialect, { source: '{bronze}', window: WINDOW }).keysSql,
    profile: renderProfile(dialect, { source: '{bronze}' }),
    'gold-fingerprint': renderTableFingerprint(dialect, {
      source: '{gold}',
      columns: GOLD_COLUMNS,
    }),
    ...Object.fromEntries(QUERIES.map(q => [q.name, q.render(dialect)])),
  }

  test.each(Object.keys(texts))('%s', async name => {
    await expect(`${texts[name]}\n`).toMatchFileSnapshot(
      `__snapshots__/${dialect.name}/${name}.sql`,
    )
  })

  test('parentheses are even outside of string literals', () => {
    for (const [name, text] of Object.entries(texts)) {
      const bare = text.replace(/'(?:[^'\\]|''|\\.)*'/g, '')
      expect(bare.split('(').length, name).toBe(bare.split(')').length)
    }
  })
})
