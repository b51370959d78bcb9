import { Command, InvalidArgumentError, Option } from 'commander'
import { readLocalPath } from '../shared/local-path'
import { packageVersion } from '../shared/package-root'
import { note, print } from './output'

/**
 * The command line's grammar. Only this and commander are loaded until a command runs, so that help answers at once; each
 * command's own code is fetched by its action, which resolves to the exit code.
 */
export function buildProgram(done: (code: number) => void): Command {
  const program = new Command('lakebench')
    .description(
      'Benchmark a lakehouse: raw data, bronze → silver → gold, eight queries, one record of what happened.',
    )
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(lakebench --help shows what there is)')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: note })

  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'one JSON document on stdout, everything else on stderr')
      .option('-q, --quiet', 'no progress; only the verdict and the paths')

  const configured = (name: string, description: string) =>
    command(name, description).argument(
      '[config]',
      'YAML file; without it ./lakebench.yaml if there, else the embedded preset',
      path,
    )

  configured('run', 'Run the pipeline: bronze-verify → silver-build → gold-finalize → benchmark')
    .option('-s, --stage <stage>', 'this stage only: bronze-verify, silver-build or gold-finalize')
    .option('-t, --timeout <seconds>', 'per stage; default max(3600, scale × 60)', positive)
    .option('--skip-benchmark', 'leave out the queries')
    .option(
      '--continuous',
      'three streams at once, with benchmark rounds meanwhile, in place of the batch pipeline',
    )
    .option('--duration <seconds>', 'of a continuous run', positive)
    .addOption(
      new Option(
        '--profile <profile>',
        'of a continuous run; short: every part in a minute',
      ).choices(['default', 'short']),
    )
    .option('--generate', 'make the raw data first, or reuse the complete corpus that is there')
    .option('--regenerate', 'the same, and make it anew where it is there already')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .option(
      '--calibrate',
      'time fixed work before the run, about 2 s, to put machines in proportion',
    )
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)', path)
    .option(
      '--resume <id>',
      'keep the finished stages of this run and go on; with the id of a series, run what it lacks',
    )
    .option(
      '--repeat <count>',
      'a series: so many equal runs after a warm-up, and how their times vary',
      wholePositive,
    )
    .action(async (config, options) =>
      done(await (await import('./commands/run')).run(config, options)),
    )

  configured(
    'generate',
    'Make the raw data; go on with an interrupted corpus, reuse a complete one',
  )
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .option(
      '--shard <i/n>',
      'only every n-th file from file i on, for one of n pods that lakebench started',
    )
    .option('--verify', 'make nothing: compare every file with the manifest')
    .option('--regenerate', 'make it anew where it is there already')
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)', path)
    .action(async (config, options) =>
      done(await (await import('./commands/generate')).generate(config, options)),
    )

  configured('benchmark', 'Time the eight queries over the tables that an earlier run left')
    .addOption(
      new Option('--mode <mode>', 'how queries are run').choices([
        'power',
        'throughput',
        'composite',
      ]),
    )
    .option('--streams <count>', 'streams side by side (throughput, composite)', wholePositive)
    .option('--cold', 'drop the caches before every query')
    .option(
      '--iterations <count>',
      'measured runs of each query at least (default: 5)',
      wholePositive,
    )
    .option(
      '--min-seconds <seconds>',
      'measured time of each query at least (default: 1)',
      notNegative,
    )
    .option('--class <name>', 'only this query class; may be given again', collect)
    .option('-t, --timeout <seconds>', 'for the whole benchmark', positive)
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)', path)
    .action(async (config, options) =>
      done(await (await import('./commands/benchmark')).benchmark(config, options)),
    )

  command('ab', 'Run two or more configs in turns and say whether one is faster')
    .argument('<configs...>', 'YAML files; each is compared with the first', several)
    .option(
      '--rounds <count>',
      'measured rounds, fixed before the start: 6 or more, even (default: 10)',
      wholePositive,
    )
    .option(
      '--iterations <count>',
      'measured runs of each query in a round at least (default: 5)',
      wholePositive,
    )
    .option('--margin <share>', 'what a difference must exceed to matter (default: 5%)', share)
    .option('--generate', 'make the raw data first, or reuse the complete corpus that is there')
    .option('--skip-benchmark', 'leave out the queries')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .option('-t, --timeout <seconds>', 'per stage; default max(3600, scale × 60)', positive)
    .option('--require-evidence', 'end with 5 where a headline cannot be told')
    .option('--output-dir <folder>', 'where series/ and runs/ go (default: lakebench-output)', path)
    .option('--resume <series-id>', 'run what this session lacks of its rounds')
    .action(async (configs, options) =>
      done(await (await import('./commands/ab')).ab(configs, options)),
    )

  command('compare', 'Say what differs between runs, and what may be said of their times')
    .argument(
      '<runs...>',
      'each compared with the first: a run’s folder, metrics.json or id (several with commas), a series’ id (:B for one arm), a baseline; an ab session alone is compared within itself',
      several,
    )
    .option('--margin <share>', 'what a difference must exceed to matter (default: 5%)', share)
    .option(
      '--across <what>',
      'what differs on purpose: engine, machine; may be given again',
      collect,
    )
    .option('--require-evidence', 'end with 5 where a headline cannot be told')
    .option('--html <file>', 'a page of it besides, with charts', path)
    .option('--output-dir <folder>', 'where the runs are (default: lakebench-output)', path)
    .action(async (runs, options) =>
      done(await (await import('./commands/compare')).compare(runs, options)),
    )

  command('gate', 'Fail where a series is shown to be slower than its baseline, or over a limit')
    .argument(
      '[runs]',
      'as for compare; an ab session is judged by its first arm; without it the latest series',
      runs,
    )
    .option('--baseline <file>', 'baseline file, or runs as for compare', runs)
    .option('--max-regression <share>', 'how much a time may grow (default: 10%)', share)
    .option(
      '--limit <limit>',
      'absolute, e.g. "Q3<800ms", "silver-build<40s"; may be given again',
      collect,
    )
    .option(
      '--across <what>',
      'what differs on purpose: engine, machine; may be given again',
      collect,
    )
    .option('--require-evidence', 'end with 5 where growth can neither be shown nor excluded')
    .option('--junit <file>', 'JUnit XML', path)
    .option('--markdown <file>', 'summary (default: gate.md in the output folder)', path)
    .option('--write-baseline <file>', 'judge nothing: write these runs as a baseline', path)
    .option('--output-dir <folder>', 'where the runs are (default: lakebench-output)', path)
    .action(async (runs, options) =>
      done(await (await import('./commands/gate')).gate(runs, options)),
    )

  command(
    'report',
    'Draw the page of a run, of an ab session, or of several runs beside each other',
  )
    .argument(
      '[runs...]',
      'folder, metrics.json, id or its beginning, or latest; without it the latest run; two or more: a comparison',
      several,
    )
    .option('--list', 'show the runs and series there are')
    .option('--open', 'open the report in a browser')
    .option('--output-dir <folder>', 'where the runs are (default: lakebench-output)', path)
    .action(async (runs, options) =>
      done(await (await import('./commands/report')).report(runs, options)),
    )

  configured('validate', 'Check a config, and show what it comes to')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .action(async (config, options) =>
      done(await (await import('./commands/validate')).validate(config, options)),
    )

  configured(
    'status',
    'Ask every part that the config names: store, catalog, query engine, Spark or its cluster',
  ).action(async (config, options) =>
    done(await (await import('./commands/status')).status(config, options)),
  )

  configured(
    'cleanup',
    'Remove what runs left in the storage and the Kubernetes cluster that the config names',
  )
    .option('--run <run-id>', 'this run only, even if it lives')
    .action(async (config, options) =>
      done(await (await import('./commands/cleanup')).cleanup(config, options)),
    )

  command(
    'recommend',
    'The tiers and the plan for this machine; what a scale needs, or what a cluster can carry',
  )
    .option('--scale <number>', 'what does this scale need?', positive)
    .option('--cores <number>', 'what can so many cores carry?', positive)
    .option('--memory <size>', 'and so much memory, e.g. 64gb')
    .action(async options => done(await (await import('./commands/recommend')).recommend(options)))

  command('init', 'Write a commented lakebench.yaml')
    .argument('[file]', 'its name (default: lakebench.yaml)', path)
    .action(async (file, options) =>
      done(await (await import('./commands/init')).init(file, options)),
    )

  return program
}

const EPILOGUE = `
Start here:
  lakebench run --generate          1 GiB of raw data through the whole pipeline, on this machine alone
  lakebench report --open           its report in a browser
  lakebench ab a.yaml b.yaml        is b faster than a?

Exit codes:
  0 ok   1 a stage, benchmark or gate failed   2 usage, config or input   3 prerequisite missing
  4 invalid or not comparable   5 not enough evidence   130 interrupted`

/** A path as those of a config are read. */
function path(text: string): string {
  const read = readLocalPath(text)
  if ('path' in read) return read.path
  throw new InvalidArgumentError(`It ${read.problem}`)
}

/** Paths or ids with commas. */
const runs = (text: string) => text.split(',').map(path).join(',')

const several = (text: string, earlier: readonly string[] | undefined) => [
  ...(earlier ?? []),
  runs(text),
]

function notNegative(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('It takes a number from 0 on.')
  return value
}

function positive(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function wholePositive(text: string): number {
  const value = positive(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}

/** `10%` or `0.1`, as a share. */
function share(text: string): number {
  const [, amount, sign] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text) ?? []
  const value = Number(amount) / (sign ? 100 : 1)
  // A bare 10 would be ten times as long, which nobody means.
  if (amount === undefined || !(value > 0) || (!sign && value >= 1))
    throw new InvalidArgumentError('It must be a share such as 10% or 0.1.')
  return value
}

/** Given again or with commas. */
function collect(text: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), ...text.split(',')]
}
