import { expect, test } from 'vitest'
import { type RunMetrics, RunMetricsSchema } from '../../src/contracts/metrics'
import { escapeHtml, html } from '../../src/report/html'
import { renderReport } from '../../src/report/report'
import { plan, succeededRun, verification } from './fixtures'

const ATTACK = `</title></style><script>alert(1)</script><img src=x onerror="alert('2')">\`]]>&amp;`

test('inserted values are escaped, markup of the template is not', async () => {
  expect(html`<b title="${'"><i>'}">${'<i>&'}</b>`.text).toBe(
    '<b title="&quot;&gt;&lt;i&gt;">&lt;i&gt;&amp;</b>',
  )
  expect(html`${html`<b>ok</b>`}${[html`<i>1</i>`, '<2>', null, undefined, false, 3]}`.text).toBe(
    '<b>ok</b><i>1</i>&lt;2&gt;3',
  )
})

test('control and direction characters cannot hide anything', async () => {
  expect(escapeHtml('a\u0000b\u001bc\u202ed\tok\n')).toBe('a\ufffdb\ufffdc\ufffdd\tok\n')
})

/** The attack as every text in a document, keys included. */
function poison(value: unknown, keep: ReadonlySet<string>, path = ''): unknown {
  if (typeof value === 'string') return keep.has(path) ? value : `${ATTACK} ${value}`
  if (Array.isArray(value)) return value.map(item => poison(item, keep, `${path}[]`))
  if (value !== null && typeof value === 'object') {
    const open =
      /config_snapshot|environment|parameters|findings|flags|_counts|null_violations|dirt|class_qph|measurements/.test(
        path,
      )
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        open ? ATTACK + key : key,
        poison(inner, keep, path ? `${path}.${key}` : key),
      ]),
    )
  }
  return value
}

// Enumerations and plain names have no room for a text from outside.
const ENUMS = new Set([
  'run_id',
  'mode',
  'status',
  'verdict',
  'benchmark.qph_kind',
  'pipeline_benchmark.qph_kind',
  'corpus.kind',
  'jobs[].job_type',
  'benchmark.mode',
  'benchmark.cache',
  'pipeline_benchmark.stages[].status',
])

test('nothing a user or an engine wrote becomes markup, in any field', async () => {
  const metrics = RunMetricsSchema.parse(poison(succeededRun(), ENUMS)) as RunMetrics
  const page = await renderReport(metrics, {
    verification: poison(
      { ...verification(), extra_columns: [{ file: 'f', columns: ['c'] }], empty_files: ['e'] },
      new Set(),
    ) as never,
    plan: poison(plan(), new Set(['tier', 'capacity.kind', 'jobs[].tier'])) as never,
  })
  expect(page).not.toMatch(/<script[^>]|<img|<i>/i)
  expect(page.match(/<\/?script>/g)).toHaveLength(2)
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(page.match(/<\/style>/g)).toHaveLength(1)
  expect(page.split('</head>')[0]!.match(/<\/title>/g)).toHaveLength(1)
  const clean = await renderReport(succeededRun(), { verification: verification(), plan: plan() })
  const tags = (text: string) =>
    new Set([...text.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, tag]) => tag))
  // Names that are no stage's any more fire no advice, so there may be fewer, never others.
  expect([...tags(page)].filter(tag => !tags(clean).has(tag))).toEqual([])
})
