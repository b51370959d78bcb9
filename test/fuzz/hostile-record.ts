import { type RunMetrics, RunMetricsSchema } from '../../src/contracts/metrics'
import type { FactsArm, RunFacts } from '../../src/results/compare/run-facts'
import { failedRun, invalidBenchmarkRun, succeededRun } from '../report/fixtures'
import { session } from '../results/compare/facts'
import { below, pick, type Random } from './inputs'

/** Markup that a browser would carry out or ask for. */
export const ATTACKS = [
  '</script></style></title><script>fetch("http://127.0.0.1:9/x")</script>',
  `<img src="http://127.0.0.1:9/y" onerror="console.error(1)">`,
  `" onmouseover="console.error(1)" x="`,
  "'><svg/onload=console.error(1)>",
  '<iframe srcdoc="<script>console.error(1)</script>"></iframe>',
  '<a href="javascript:console.error(1)">x</a>',
  ']]></text><script>console.error(1)</script>',
  '<!--',
  '&lt;script&gt;&#60;script>',
]

/** What terminals, editors, GitHub and readers of XML and Markdown act on. */
const PIECES = [
  ...ATTACKS,
  ...[
    '\u001b[2J',
    '\u001b[31m',
    '\u001b]0;title\u0007',
    '\u001b]8;;file:///etc\u001b\\',
    '\u001b[3A\r',
    '\u009b2J',
  ],
  ...[
    '\u0000',
    '\u0007',
    '\b\b\b',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u202e',
    '\u2066',
    '\ud800',
    '\ufffe',
    '\r\n',
  ],
  ...[
    '\n::error::fake',
    '\n::add-mask::x',
    '##[error]',
    '%0A::warning::x',
    '\n| a | b |',
    '`rm`',
    '[x](http://e.x)',
  ],
  ...[
    'https://evil.example',
    'www.evil.example',
    '@everyone',
    '<b>',
    '\n# title',
    '\n\n---\n',
    '$&',
    '$`',
    '\\',
    '|',
  ],
  ...['a', 'é', '日本', ' ', '\t', 'x'.repeat(300), '🦆'],
]

const hostileText = (random: Random): string =>
  Array.from({ length: 1 + below(random, 4) }, () => pick(random, PIECES)).join('')

/** The document with hostile text in the place of some of its text, in keys too. */
function poison<T>(document: T, random: Random, share: number, keep: RegExp): T {
  const visit = (node: unknown, path: string): unknown => {
    if (typeof node === 'string')
      return keep.test(path) || random() > share ? node : hostileText(random)
    if (Array.isArray(node)) return node.map(item => visit(item, path))
    if (node === null || typeof node !== 'object') return node
    return Object.fromEntries(
      Object.entries(node).map(([key, inner]) => [
        OPEN.test(path) && random() < share ? hostileText(random) : key,
        visit(inner, `${path}.${key}`),
      ]),
    )
  }
  return visit(document, '') as T
}

/** Objects whose keys come from outside. */
const OPEN =
  /(config_snapshot|environment|findings|flags|_counts|null_violations|dirt|class_qph|measurements|controls)$/
/** Words of our own, which no other document has. */
const CLOSED =
  /\.(run_id|mode|status|verdict|qph_kind|kind|job_type|cache|start_time|end_time|class|rule|name)$/

/** A record of any outcome whose texts are hostile. */
export function hostileRecord(random: Random): RunMetrics {
  const run = pick(random, [succeededRun, failedRun, invalidBenchmarkRun])()
  const poisoned = poison(run, random, 0.4, CLOSED)
  const parsed = RunMetricsSchema.safeParse({ ...poisoned, name: hostileText(random) })
  return parsed.success
    ? (parsed.data as RunMetrics)
    : { ...run, name: hostileText(random), warnings: [hostileText(random)] }
}

/** Two arms of runs with hostile names, failures and machines. */
export function hostileArms(random: Random): FactsArm[] {
  const failure = hostileText(random)
  return session(3, () => ({})).map(arm => ({
    ...arm,
    name: hostileText(random),
    runs: arm.runs.map((run): RunFacts => {
      const { benchmark, stages } = run
      return {
        ...run,
        ...(random() < 0.3 && { verdict: 'FAILED', reason: failure }),
        engines: { [hostileText(random)]: hostileText(random) },
        machine: { ...run.machine, cpu_model: hostileText(random) },
        stages: {
          ...stages,
          [failure]: { ...Object.values(stages)[0]!, failure: random() < 0.5 ? failure : null },
        },
        benchmark: benchmark && {
          ...benchmark,
          queries: {
            ...benchmark.queries,
            [failure]: { failure, seconds: null, rows: null, fingerprint: null },
          },
        },
      }
    }),
  }))
}
