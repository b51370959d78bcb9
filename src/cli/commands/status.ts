import { EXIT_CODES, type ExitCode } from '../exit-codes'
import { type OutputOptions, openConfig, outStyle, print, printJson } from '../output'
import { type TextColumn, textTable } from '../terminal'

const COLUMNS: readonly TextColumn[] = [
  { label: 'part' },
  { label: '' },
  { label: 'version' },
  { label: 'latency', align: 'right' },
  { label: 'address' },
]

/** Each part that the config names, and how it is; exit 3 where one is not well. */
export async function status(
  config: string | undefined,
  options: OutputOptions,
): Promise<ExitCode> {
  const { status: ask } = await import('../../platforms/status')
  const parts = await ask(await openConfig(config))
  const healthy = parts.every(p => p.healthy)
  if (options.json) printJson({ healthy, parts })
  else if (!options.quiet || !healthy) {
    const style = outStyle()
    const rows = parts.map(p => [
      p.part,
      p.healthy ? style.good('✓') : style.bad('✗'),
      p.version ?? '–',
      p.latency_ms === null ? '–' : `${p.latency_ms.toFixed(1)} ms`,
      p.address,
    ])
    print(textTable(COLUMNS, rows))
    for (const part of parts) for (const detail of part.details) print(`  ${part.part}: ${detail}`)
  }
  return healthy ? EXIT_CODES.ok : EXIT_CODES.prerequisite
}
