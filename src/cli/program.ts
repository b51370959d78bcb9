import { Command, InvalidArgumentError, Option } from 'commander'
import { packageVersion } from '../package-root'

/**
 * The command line's grammar. Only this and commander are loaded until a command runs, so that help answers at once; each
 * command's own code is fetched by its action, which resolves to the exit code.
 */
export function buildProgram(done: (code: number) => void): Command {
  const program = new Command('lakebench')
    .description('Benchmark a lakehouse: raw data, bronze → silver → gold, eight queries, one record of what happened.')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(lakebench --help shows what there is)')
    .addHelpText('after', EPILOGUE)
    .exitOverride()

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
    )

  configured('run', 'Run the pipeline: bronze-verify → silver-build → gold-finalize → benchmark')
    .option('-s, --stage <stage>', 'this stage only: bronze-verify, silver-build or gold-finalize')
    .option('-t, --timeout <seconds>', 'per stage; default max(3600, scale × 60)', positive)
    .option('--skip-benchmark', 'leave out the queries')
    .option('--continuous', 'continuous streaming mode')
    .option('--duration <seconds>', 'of a continuous run', positive)
    .option('--generate', 'make the raw data first, or reuse the complete corpus that is there')
    .option('--regenerate', 'make the raw data anew, replacing a corpus of another kind')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)')
    .option('--resume <run-id>', 'keep the finished stages of this run and go on')
    .action(async (config, options) => done(await (await import('./commands/run')).run(config, options)))

  configured('generate', 'Make the raw data; go on with an interrupted corpus, reuse a complete one')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .option('--shard <i/n>', 'only every n-th file from file i on, for one of n pods that lakebench started')
    .option('--verify', 'make nothing: compare every file with the manifest')
    .option('--regenerate', 'make it anew, replacing a corpus of another kind')
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)')
    .action(async (config, options) => done(await (await import('./commands/generate')).generate(config, options)))

  configured('benchmark', 'Time the eight queries over the tables that an earlier run left')
    .addOption(new Option('--mode <mode>', 'how queries are run').choices(['power', 'throughput', 'composite']))
    .option('--streams <count>', 'streams side by side (throughput, composite)', wholePositive)
    .option('--cold', 'drop the caches before every query')
    .option('--iterations <count>', 'measured runs of each query', wholePositive)
    .option('--class <name>', 'only this query class; may be given again', collect)
    .option('-t, --timeout <seconds>', 'for the whole benchmark', positive)
    .option('--output-dir <folder>', 'where runs/run-<id>/ goes (default: lakebench-output)')
    .action(async (config, options) => done(await (await import('./commands/benchmark')).benchmark(config, options)))

  command('report', 'Draw a run’s report.html anew from its metrics')
    .argument('[run]', 'folder, metrics.json, run id or its beginning; without it the latest run')
    .option('--list', 'show the runs there are')
    .option('--open', 'open the report in a browser')
    .option('--output-dir <folder>', 'where the runs are (default: lakebench-output)')
    .action(async (run, options) => done(await (await import('./commands/report')).report(run, options)))

  configured('validate', 'Check a config, and show what it comes to')
    .option('--scale <number>', '1 = 10 GiB of raw data', positive)
    .action(async (config, options) => done(await (await import('./commands/validate')).validate(config, options)))

  configured('status', 'Ask every part that the config names: store, catalog, query engine, Spark').action(
    async (config, options) => done(await (await import('./commands/status')).status(config, options)),
  )

  configured('cleanup', 'Remove what runs left in the Kubernetes cluster that the config names')
    .option('--run <run-id>', 'this run only, even if it lives')
    .action(async (config, options) => done(await (await import('./commands/cleanup')).cleanup(config, options)))

  command('recommend', 'Say what a scale needs, or what a machine or cluster can carry')
    .option('--scale <number>', 'what does this scale need?', positive)
    .option('--cores <number>', 'what can so many cores carry?', positive)
    .option('--memory <size>', 'and so much memory, e.g. 64gb')
    .action(async options => done(await (await import('./commands/recommend')).recommend(options)))

  command('init', 'Write a commented lakebench.yaml')
    .argument('[file]', 'its name (default: lakebench.yaml)')
    .action(async (file, options) => done(await (await import('./commands/init')).init(file, options)))

  return program
}

const EPILOGUE = `
Start here:
  lakebench run --generate          1 GiB of raw data through the whole pipeline, on this machine alone
  lakebench report --open           its report in a browser

Exit codes:
  0 ok   1 a stage, benchmark or gate failed   2 usage, config or input   3 prerequisite missing
  4 invalid   5 not enough evidence   130 interrupted`

function positive(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function wholePositive(text: string): number {
  const value = positive(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}

/** Given again or with commas. */
function collect(text: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), ...text.split(',')]
}
