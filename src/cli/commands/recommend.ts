import { parseSize } from '../../config/units'
import { InputError } from '../../contracts/errors'
import type { EmbeddedResources } from '../../contracts/plan'
import { formatBytes } from '../../shared/format'
import { machineCapacity } from '../../shared/machine-limits'
import { planEmbedded } from '../../sizing/embedded'
import { TIERS } from '../../sizing/executors'
import { type RecommendInput, recommend as recommendFor } from '../../sizing/recommend'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { type OutputOptions, print, printJson } from '../output'
import { textTable } from '../terminal'

export interface RecommendCommandOptions extends OutputOptions {
  readonly scale?: number
  readonly cores?: number
  readonly memory?: string
}

/** The tiers and this machine's plan; with a question, what that scale asks for or that cluster carries. */
export async function recommend(options: RecommendCommandOptions): Promise<ExitCode> {
  const asked = question(options)
  if (asked === null) {
    const this_machine = thisMachine()
    if (options.json) printJson({ tiers: TIERS, this_machine })
    else print(`${tierTable()}\n\n${machineText(this_machine)}`)
    return EXIT_CODES.ok
  }
  const answer = recommendFor(asked)
  // A cluster was asked about, not this machine.
  const this_machine = 'scale' in asked ? thisMachine() : null
  if (options.json) printJson(this_machine ? { ...answer, this_machine } : answer)
  else print([String(answer), ...(this_machine ? ['', machineText(this_machine)] : [])].join('\n'))
  return EXIT_CODES.ok
}

interface ThisMachine {
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  /** Threads and memory that the embedded engine would take of it, whatever the scale. */
  readonly embedded: EmbeddedResources
}

function thisMachine(): ThisMachine {
  const capacity = machineCapacity()
  const { resources } = planEmbedded({ threads: null, memory: null }, capacity)
  return { cores: capacity.cores, memory: capacity.memory, embedded: resources }
}

function machineText({ cores, memory, embedded }: ThisMachine): string {
  return textTable(
    [{ label: '' }, { label: '' }],
    [
      [
        'this machine',
        `${cores} cores, ${formatBytes(memory)}; no cluster is needed (preset embedded)`,
      ],
      [
        '  embedded engine',
        `${embedded.threads} threads, ${formatBytes(embedded.memory)}, whatever the scale`,
      ],
      ...embedded.reasons.map(reason => ['', reason]),
    ],
  )
}

function tierTable(): string {
  const rows = Object.entries(TIERS).map(([tier, { range, least, most, formula }]) => [
    range,
    tier,
    least === most ? String(least) : `${least} – ${most}`,
    formula,
  ])
  return textTable(
    [{ label: 'scale' }, { label: 'tier' }, { label: 'executors' }, { label: 'formula' }],
    rows,
  )
}

function question({ scale, cores, memory }: RecommendCommandOptions): RecommendInput | null {
  const either =
    'Give --scale alone, or --cores and --memory together: lakebench recommend --cores 64 --memory 256gb.'
  if (scale !== undefined) {
    if (cores !== undefined || memory !== undefined) throw new InputError(either)
    return { scale }
  }
  if (cores === undefined && memory === undefined) return null
  if (cores === undefined || memory === undefined) throw new InputError(either)
  const bytes = parseSize(memory)
  if (bytes === null || !(bytes > 0))
    throw new InputError(`--memory is a size such as 64gb or 512g; got ${JSON.stringify(memory)}.`)
  return { cores, memory: bytes }
}
