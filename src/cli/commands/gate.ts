import { appendFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../../contracts/errors'
import { baselineText } from '../../results/compare/baseline'
import { compareFacts } from '../../results/compare/compare-runs'
import { type GateResult, judgeGate, parseLimit } from '../../results/compare/gate'
import { gateAnnotations, gateJunit, gateMarkdown } from '../../results/compare/gate-formats'
import type { FactsArm } from '../../results/compare/run-facts'
import { DEFAULT_OUTPUT } from '../../shared/local-path'
import { EXIT_CODES, type ExitCode, exitCodeOfGate } from '../exit-codes'
import {
  note,
  type OutputOptions,
  outStyle,
  pathLink,
  print,
  printCommands,
  printJson,
} from '../output'
import { findRunSet, findRunSets, latestRunSets } from '../run-sets'
import { oneLine, type Style } from '../terminal'
import { writeWhole } from '../write-whole'
import { compareOptions } from './compare'

const DEFAULT_REGRESSION = 0.1
/** A comparison's own margin, where the limit is not smaller still. */
const MARGIN = 0.05

export interface GateCommandOptions extends OutputOptions {
  readonly baseline?: string
  /** Share, 0.1 for 10 %. */
  readonly maxRegression?: number
  readonly limit?: readonly string[]
  readonly across?: readonly string[]
  readonly requireEvidence?: boolean
  readonly junit?: string
  readonly markdown?: string
  readonly writeBaseline?: string
  readonly outputDir?: string
}

/** Says whether a series may land, against a baseline, the first arm of its session, or limits. */
export async function gate(
  given: string | undefined,
  options: GateCommandOptions,
): Promise<ExitCode> {
  const outputDir = options.outputDir ?? DEFAULT_OUTPUT
  if (options.writeBaseline !== undefined)
    return writeBaseline(given, options.writeBaseline, outputDir, options)
  const limits = (options.limit ?? []).map(parseLimit)
  const { candidate, baseline } = await sidesOf(given, options, outputDir)
  if (!baseline && limits.length === 0)
    throw new InputError(
      'Nothing to hold the runs against: give --baseline file.json, the id of an ab session, or a --limit such as "Q3<800ms".',
    )
  const maxRegression = options.maxRegression ?? DEFAULT_REGRESSION
  const comparing = { ...compareOptions(options), margin: Math.min(MARGIN, maxRegression) }
  const comparison = baseline ? compareFacts([baseline, candidate], comparing) : null
  const result = judgeGate(comparison, candidate, {
    maxRegression,
    limits,
    requireEvidence: options.requireEvidence ?? false,
  })
  const paths = await writeDocuments(result, candidate, options, outputDir)
  show(result, paths, options)
  return exitCodeOfGate(result.verdict)
}

async function sidesOf(
  given: string | undefined,
  { baseline }: GateCommandOptions,
  outputDir: string,
): Promise<{ candidate: FactsArm; baseline: FactsArm | null }> {
  const { arms } =
    given === undefined ? await latestRunSets(outputDir) : await findRunSets(given, outputDir)
  const [first, second, third] = arms
  if (third)
    throw new InputError(
      `The session has ${arms.length} arms; a gate judges one. Name it: <series>:B.`,
    )
  const candidate = second ?? first!
  if (baseline !== undefined) {
    const of = await findRunSet(baseline, outputDir)
    return {
      candidate: { ...candidate, name: 'B' },
      baseline: { ...of, name: 'A', label: of.label ?? of.name },
    }
  }
  return { candidate, baseline: second ? first! : null }
}

async function writeBaseline(
  given: string | undefined,
  path: string,
  outputDir: string,
  options: OutputOptions,
): Promise<ExitCode> {
  const { arms } =
    given === undefined ? await latestRunSets(outputDir) : await findRunSets(given, outputDir)
  if (arms.length > 1)
    throw new InputError(
      `A baseline is made of one arm; name it: ${arms.map(({ name }) => `<series>:${name}`).join(' or ')}.`,
    )
  const { label, name, runs } = arms[0]!
  const measured = runs.filter(run => run.series?.round !== 0)
  await writeWhole(path, baselineText({ name: label ?? name, runs: measured }, new Date()))
  if (options.json) printJson({ baseline: resolve(path), runs: measured.length })
  else print(pathLink(resolve(path), outStyle()))
  if (measured.length < 6 && !options.quiet)
    note(
      `${measured.length} runs are a thin baseline: it takes 6, and 6 of the candidate, to show that something is slower.`,
    )
  return EXIT_CODES.ok
}

interface GatePaths {
  readonly markdown: string
  readonly junit: string | null
}

async function writeDocuments(
  result: GateResult,
  candidate: FactsArm,
  { markdown, junit }: GateCommandOptions,
  outputDir: string,
): Promise<GatePaths> {
  const paths: GatePaths = {
    markdown: resolve(markdown ?? join(outputDir, 'gate.md')),
    junit: junit === undefined ? null : resolve(junit),
  }
  const text = gateMarkdown(result)
  await writeWhole(paths.markdown, text)
  if (paths.junit)
    await writeWhole(paths.junit, gateJunit(result, candidate.label ?? candidate.name))
  const summary = process.env.GITHUB_STEP_SUMMARY
  if (summary)
    await appendFile(summary, `${text}\n`).catch(error =>
      note(`The step summary cannot be written: ${error.message}.`),
    )
  return paths
}

function show(result: GateResult, paths: GatePaths, options: OutputOptions): void {
  if (options.json) printJson({ ...result, paths })
  else print(options.quiet ? result.verdict : gateText(result, paths, outStyle()))
  // GitHub reads commands from either stream, and with --json stdout holds one document.
  if (process.env.GITHUB_ACTIONS === 'true')
    printCommands(gateAnnotations(result), options.json ? process.stderr : process.stdout)
}

function gateText(
  { verdict, failures, warnings, checks }: GateResult,
  paths: GatePaths,
  style: Style,
): string {
  const count = (status: string) => checks.filter(check => check.status === status).length
  const paint = verdict === 'PASSED' ? style.good : style.bad
  return [
    ...failures.map(text => `${style.bad('✕')} ${oneLine(text)}`),
    ...warnings.map(text => `${style.dim('!')} ${oneLine(text)}`),
    pathLink(paths.markdown, style),
    ...(paths.junit ? [pathLink(paths.junit, style)] : []),
    `${style.bold(paint(verdict))} ${count('passed')} within their limit, ${count('failed')} over it, ${count('undecided') + count('not compared')} not decided`,
  ].join('\n')
}
