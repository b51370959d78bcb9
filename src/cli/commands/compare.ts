import { resolve } from 'node:path'
import { InputError } from '../../contracts/errors'
import { renderComparison } from '../../report/report'
import { compareFacts } from '../../results/compare/compare-runs'
import type { Comparison } from '../../results/compare/comparison'
import type { UnderTest } from '../../results/compare/differences'
import { DEFAULT_OUTPUT } from '../../shared/local-path'
import { comparisonText, quietComparison } from '../comparison-text'
import { type ExitCode, exitCodeOfComparison } from '../exit-codes'
import { note, type OutputOptions, outStyle, pathLink, print, printJson } from '../output'
import { findArms } from '../run-sets'
import { lineWidth, styleFor } from '../terminal'
import { writeWhole } from '../write-whole'

export interface ComparisonFlags {
  /** Share, 0.05 for 5 %. */
  readonly margin?: number
  readonly across?: readonly string[]
  readonly requireEvidence?: boolean
}

export interface CompareCommandOptions extends OutputOptions, ComparisonFlags {
  readonly outputDir?: string
  /** Where a page of the comparison goes. */
  readonly html?: string
}

/** Each set of runs against the first; a session of several arms alone is compared within itself. */
export async function compare(
  given: readonly string[],
  options: CompareCommandOptions,
): Promise<ExitCode> {
  const arms = await findArms(given, options.outputDir ?? DEFAULT_OUTPUT)
  const comparison = compareFacts(arms, compareOptions(options))
  if (options.html !== undefined)
    await writeWhole(options.html, await renderComparison(comparison, arms))
  showComparison(comparison, options)
  if (options.html !== undefined && !options.quiet)
    note(`report  ${pathLink(resolve(options.html), styleFor(process.stderr, process.env))}`)
  return exitCodeOfComparison(comparison, options)
}

/** The flags as options of the library. */
export function compareOptions({ margin, across = [] }: ComparisonFlags) {
  const wrong = across.find(what => what !== 'engine' && what !== 'machine')
  if (wrong) throw new InputError(`--across ${wrong} is not known; it takes engine or machine.`)
  return { underTest: across as readonly UnderTest[], margin }
}

export function showComparison(comparison: Comparison, options: OutputOptions): void {
  if (options.json) printJson(comparison)
  else if (options.quiet) print(quietComparison(comparison))
  else print(comparisonText(comparison, outStyle(), lineWidth()))
}
