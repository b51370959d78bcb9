import { after, guarded } from '../shared/guard'
import { EXIT_CODES } from './exit-codes'
import { note } from './output'

/** Whatever does not end by itself, e.g. a reader of the result that stands still, is not waited for any longer. */
const PATIENCE_MS = 4800
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Run `work` so that Ctrl-C, SIGTERM and a terminal that is closed end it well: the first one aborts the signal, so that engines stop and the record is
 * written, all of it within five seconds; the second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = guarded((name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted)
    after(PATIENCE_MS, () => process.exit(EXIT_CODES.interrupted)).unref()
    controller.abort(new DOMException(`Interrupted by ${name}.`, 'AbortError'))
    note('\nStopping the engines and writing the record. A second signal ends at once.')
  })
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await work(controller.signal)
  } finally {
    for (const name of SIGNALS) process.off(name, stop)
  }
}
