import { parseSize } from '../../config/units'
import { type RecommendInput, recommend as recommendFor } from '../../sizing/recommend'
import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { InputError } from '../input-error'
import { type OutputOptions, print, printJson } from '../output'

export interface RecommendCommandOptions extends OutputOptions {
  readonly scale?: number
  readonly cores?: number
  readonly memory?: string
}

export async function recommend(options: RecommendCommandOptions): Promise<ExitCode> {
  const answer = recommendFor(question(options))
  if (options.json) printJson(answer)
  else print(String(answer))
  return EXIT_CODES.ok
}

function question({ scale, cores, memory }: RecommendCommandOptions): RecommendInput {
  const either = 'Give --scale alone, or --cores and --memory together: lakebench recommend --cores 64 --memory 256gb.'
  if (scale !== undefined) {
    if (cores !== undefined || memory !== undefined) throw new InputError(either)
    return { scale }
  }
  if (cores === undefined || memory === undefined) throw new InputError(either)
  const bytes = parseSize(memory)
  if (bytes === null || !(bytes > 0))
    throw new InputError(`--memory is a size such as 64gb or 512g; got ${JSON.stringify(memory)}.`)
  return { cores, memory: bytes }
}
