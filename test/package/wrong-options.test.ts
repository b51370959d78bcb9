import { expect, test } from 'vitest'
import {
  abTest,
  benchmark,
  ConfigError,
  cleanup,
  compareRuns,
  ExecutorSizer,
  generate,
  judgeGate,
  loadConfig,
  loadRun,
  presets,
  QueryBenchmark,
  recommend,
  renderReport,
  repeatRun,
  runBatch,
  runContinuous,
  Scorecard,
  Stage,
  StrategySelector,
  TrinoBenchmark,
} from '../../src/index'
import { judge } from '../../src/results/scorecard/judge'
import { FakeQueryEngine } from '../../src/testing/fakes'
import { record } from '../results/scorecard/records'

const config = await loadConfig({})
const run = judge(record())
const arms = [
  { name: 'A', runs: [run] },
  { name: 'B', runs: [run] },
]
const capacity = {
  kind: 'machine',
  cores: 2,
  memory: 2 ** 33,
  largest_node: { cores: 2, memory: 2 ** 33 },
} as const
const pipeline = presets.batch(config)
const noop = () => {}

/** As somebody without types calls it. */
// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
const any = <T>(value: T): any => value

const DOORS: readonly [string, () => unknown, string][] = [
  ['runBatch', () => runBatch({}, any({ outputdir: 'x' })), 'outputDir'],
  ['runBatch, events', () => runBatch({}, any({ on: { 'stage:ends': noop } })), 'stage:end'],
  ['runContinuous', () => runContinuous({}, any({ skipbenchmark: true })), 'skipBenchmark'],
  ['benchmark', () => benchmark({}, any({ resme: 'x' })), 'resume'],
  ['generate', () => generate({}, any({ regenrate: true })), 'regenerate'],
  ['abTest', () => abTest([{}, {}], any({ round: 2 })), 'rounds'],
  ['repeatRun', () => repeatRun({}, any({ iteration: 2 })), 'iterations'],
  ['loadConfig', () => loadConfig({}, {}, any({ envs: {} })), 'env'],
  ['loadConfig, keys', () => loadConfig(any({ scle: 1 })), 'scale'],
  ['loadRun', () => loadRun('x', any({ outputdir: 'y' })), 'outputDir'],
  ['cleanup', () => cleanup({}, any({ runs: 'x' })), 'run'],
  ['presets.batch', () => presets.batch(config, any({ skipBenchmarks: true })), 'skipBenchmark'],
  [
    'presets.continuous',
    () => presets.continuous(config, any({ regenerated: true })),
    'regenerate',
  ],
  ['presets.corpus', () => presets.corpus(config, any({ verfy: true })), 'verify'],
  ['presets.benchmark', () => presets.benchmark(config, any({ rule: [] })), 'rules'],
  ['pipeline.run', () => pipeline.run(any({ outputdir: 'x' })), 'outputDir'],
  ['pipeline.on', () => pipeline.on(any('stage:ends'), noop), 'stage:end'],
  ['pipeline.off', () => pipeline.off(any('warnings'), noop), 'warning'],
  ['Stage', () => new Stage('mine', noop as never, any({ neds: [] })), 'needs'],
  ['Scorecard', () => new Scorecard(run, any({ rule: [] })), 'rules'],
  ['renderReport', () => renderReport(run, any({ plans: null })), 'plan'],
  ['compareRuns', () => compareRuns(arms, any({ margins: 0.1 })), 'margin'],
  ['compareRuns, subjects', () => compareRuns(arms, { underTest: any(['engines']) }), 'engine'],
  [
    'judgeGate',
    () => judgeGate(null, any({ name: 'A', runs: [] }), any({ maxRegressions: 1 })),
    'maxRegression',
  ],
  ['StrategySelector', () => new StrategySelector(any({ overide: 'simple' })), 'override'],
  [
    'StrategySelector, thresholds',
    () => new StrategySelector({ thresholds: any({ streamin: 1 }) }),
    'streaming',
  ],
  [
    'ExecutorSizer',
    () => new ExecutorSizer().plan(any({ scale: 1, capacity, engines: 'spark' })),
    'engine',
  ],
  ['recommend', () => recommend(any({ scal: 1 })), 'scale'],
  ['TrinoBenchmark', () => new TrinoBenchmark(any({ urls: 'http://x' })), 'url'],
  [
    'TrinoBenchmark.run',
    () => new TrinoBenchmark({ url: 'http://x' }).run(any({ iteration: 1 })),
    'iterations',
  ],
  [
    'QueryBenchmark',
    () =>
      new QueryBenchmark(new FakeQueryEngine(() => ({ error: 'never asked' })), []).run(
        any({ ...config.architecture.benchmark, sead: 1 }),
      ),
    'seed',
  ],
]

/** What a call throws, or its promise rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('This was accepted.')
}

test.each(DOORS)('%s names the nearest option', async (_, call, nearest) => {
  const error = await errorOf(call)
  expect(error).toBeInstanceOf(ConfigError)
  expect((error as ConfigError).message).toContain(`Did you mean \`${nearest}\`?`)
})

test.each<[string, () => unknown, RegExp]>([
  [
    'an unresolved config',
    () => presets.batch(any({ scale: 1 })),
    /config: is not resolved\. .*loadConfig/,
  ],
  ['no config', () => presets.continuous(any(undefined)), /config: is not resolved/],
  [
    'an unresolved config of a corpus',
    () => presets.corpus(any({ scale: 1 })),
    /config: is not resolved/,
  ],
  [
    'an unresolved config of a benchmark',
    () => presets.benchmark(any('lakebench.yaml')),
    /config: is not resolved/,
  ],
  [
    'an unresolved config to size',
    () => new ExecutorSizer().plan(any({ config: {}, capacity })),
    /config: is not resolved/,
  ],
  [
    'a record that is none',
    () => new Scorecard(any({})),
    /Scorecard has 1 problem:\n {2}schema_version/,
  ],
  [
    'a strategy that there is not',
    () => new StrategySelector({ override: any('fast') }),
    /override: must be one of "auto", "simple".*; got "fast"/,
  ],
  [
    'a strategy with a typo',
    () => new StrategySelector({ override: any('simpel') }),
    /Did you mean `simple`/,
  ],
  [
    'an option of another kind',
    () => runBatch({}, any({ outputDir: 7 })),
    /outputDir: must be text; got 7/,
  ],
  [
    'a signal that is none',
    () => runBatch({}, any({ signal: {} })),
    /signal: must be an AbortSignal; got an object/,
  ],
  [
    'a listener that is none',
    () => pipeline.on('run:end', any('x')),
    /run:end: must be a function/,
  ],
  ['options that are none', () => runBatch({}, any('out')), /must be an object of options/],
  [
    'rules that are none',
    () => new Scorecard(run, any({ rules: {} })),
    /rules: must be a list; got an object/,
  ],
  ['arms that are none', () => compareRuns(any({})), /at least two sets of runs/],
  ['configs that are none', () => abTest(any({})), /configs: must be a list/],
  ['a stage that does nothing', () => new Stage('mine', any(undefined)), /run: must be a function/],
  [
    'a benchmark of another mode',
    () =>
      new QueryBenchmark(new FakeQueryEngine(() => ({ error: 'never asked' })), []).run(
        any({ mode: 'powr', iterations: 0 }),
      ),
    /mode: must be one of power, .*Did you mean `power`\?\n.*iterations: must be at least 1; got 0/,
  ],
  ['nothing', () => new ExecutorSizer().plan(any(undefined)), /scale: is needed/],
])('%s is a ConfigError, not an error from inside', async (_, call, text) => {
  const error = await errorOf(call)
  expect(error).toBeInstanceOf(ConfigError)
  expect((error as ConfigError).message).toMatch(text)
})

test('an option of undefined is one that is not given', () => {
  expect(() => new StrategySelector({ override: undefined } as never)).not.toThrow()
  expect(() => presets.batch(config, { stage: undefined } as never)).not.toThrow()
})
