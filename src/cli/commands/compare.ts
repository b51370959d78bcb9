import type { UnderTest } from '../../compare/comparability'
import { compareFacts } from '../../compare/compare-runs'
import type { Comparison } from '../../compare/comparison'
import type { FactsArm } from '../../compare/run-facts'
import { comparisonText, quietComparison } from '../comparison-text'
import { type ExitCode, exitCodeOfComparison } from '../exit-codes'
import { InputError } from '../input-error'
import { type OutputOptions, outStyle, print, printJson } from '../output'
import { findRunSet, findRunSets } from '../run-sets'

const DEFAULT_OUTPUT = 'lakebench-output'
/** Wide enough for every column where the output goes to a file. */
const UNBOUNDED = 1000

export interface ComparisonFlags {
  /** Share, 0.05 for 5 %. */
  readonly margin?: number
  readonly across?: readonly string[]
  readonly requireEvidence?: boolean
}

export interface CompareCommandOptions extends OutputOptions, ComparisonFlags {
  readonly outputDir?: string
}

/** Each set of runs against the first; a session of several arms alone is compared within itself. */
export async function compare(given: readonly string[], options: CompareCommandOptions): Promise<ExitCode> {
  const arms = await findArms(given, options.outputDir ?? DEFAULT_OUTPUT)
  const comparison = compareFacts(arms, compareOptions(options))
  showComparison(comparison, options)
  return exitCodeOfComparison(comparison, options)
}

/** The flags as options of the library. */
export function compareOptions({ margin, across = [] }: ComparisonFlags) {
  const wrong = across.find(what => what !== 'engine' && what !== 'machine')
  if (wrong) throw new InputError(`--across ${wrong} is not known; it takes engine or machine.`)
  return { underTest: across as readonly UnderTest[], ...(margin !== undefined && { margin }) }
}

export function showComparison(comparison: Comparison, options: OutputOptions): void {
  if (options.json) printJson(comparison)
  else if (options.quiet) print(quietComparison(comparison))
  else print(comparisonText(comparison, outStyle(), process.stdout.isTTY ? process.stdout.columns : UNBOUNDED))
}

async function findArms(given: readonly string[], outputDir: string): Promise<FactsArm[]> {
  if (given.length === 1) {
    const { arms } = await findRunSets(given[0]!, outputDir)
    if (arms.length > 1) return [...arms]
    throw new InputError(
      `${given[0]} is one set of runs; compare takes two or more, or the id of an ab session. \`lakebench report --list\` shows the runs there are.`,
    )
  }
  const sets: FactsArm[] = []
  // One after another, so that the first that is wrong is the one that is named.
  for (const one of given) sets.push(await findRunSet(one, outputDir))
  // Short names for the table; what they stand for is said above it.
  return sets.map(({ name, label, runs }, index) => ({
    name: String.fromCharCode('A'.charCodeAt(0) + (index % 26)),
    label: label ?? name,
    runs,
  }))
}
