import { pathToFileURL } from 'node:url'
import { ConfigError, LakebenchError } from '../contracts/errors'
import { type Style, styleFor } from './terminal'

/** What every command takes. */
export interface OutputOptions {
  /** One JSON document on stdout and nothing else there. */
  readonly json?: boolean
  /** Only the verdict and the paths. */
  readonly quiet?: boolean
}

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export function note(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
}

export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2))
}

/** A reader that goes away, such as `head`, ends the output, not the work. */
export function toleratePipesThatClose(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** How results are dressed on stdout. */
export const outStyle = (): Style => styleFor(process.stdout, process.env)

export function pathLink(path: string, style: Style): string {
  return style.link(path, pathToFileURL(path).href)
}

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly issues?: ConfigError['issues'] }
}

export function errorDocument(error: unknown): ErrorDocument {
  const message = error instanceof Error ? error.message : String(error)
  const aborted = error instanceof Error && error.name === 'AbortError'
  const code = error instanceof LakebenchError ? error.code : aborted ? 'ABORTED' : 'INTERNAL'
  return { error: { code, message, ...(error instanceof ConfigError && { issues: error.issues }) } }
}

/** Message and remedy; the stack only for `LAKEBENCH_DEBUG=1`, or where the error is no foreseen one and so a bug. */
export function printError(error: unknown, options: OutputOptions): void {
  if (options.json) printJson(errorDocument(error))
  const { code, message } = errorDocument(error).error
  const style = styleFor(process.stderr, process.env)
  note(`${style.bad('error:')} ${message}`)
  if (process.env.LAKEBENCH_DEBUG === '1') note(debugText(error))
  else if (code === 'INTERNAL') note('This looks like a bug. LAKEBENCH_DEBUG=1 shows where it happened.')
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${debugText(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
