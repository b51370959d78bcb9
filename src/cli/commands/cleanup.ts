import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { interruptible } from '../interrupt'
import { type OutputOptions, openConfig, print, printJson } from '../output'

export interface CleanupCommandOptions extends OutputOptions {
  readonly run?: string
}

/** Removes from cluster and storage what runs left that did not end by themselves. */
export async function cleanup(
  config: string | undefined,
  options: CleanupCommandOptions,
): Promise<ExitCode> {
  const resolved = await openConfig(config)
  const { cleanup: clean } = await import('../../platforms/cleanup')
  const swept = await interruptible(signal => clean(resolved, { signal, run: options.run }))
  if (options.json) printJson({ swept })
  else if (!options.quiet) {
    if (swept.length === 0) print('Nothing to remove.')
    for (const { run_id, removed } of swept) print(`${run_id ?? 'storage'}: ${removed.join(', ')}`)
  }
  return EXIT_CODES.ok
}
