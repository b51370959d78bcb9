import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { loadConfig } from '../config/load'
import type { ResolvedConfig } from '../config/schema'
import { ConfigError, LakebenchError } from '../contracts/errors'
import { shownText } from '../contracts/shown-text'
import { redactDocument, redactorOf, secretVariables } from '../shared/redaction'
import { dressed, type Style, styleFor } from './terminal'

const PIECE = 16_384
const LOOK_MS = 20
/** Somebody may leaf through a result; lines that told how it went are worth less. */
const IDLE_MS = { result: 30_000, progress: 2000 }

/** Options that every command takes. */
export interface OutputOptions {
  /** One JSON document on stdout and nothing else there. */
  readonly json?: boolean
  /** Only the verdict and the paths. */
  readonly quiet?: boolean
}

export const print = (text: string): void => write(process.stdout, redact(text))
export const note = (text: string): void => write(process.stderr, redact(text))

export function printJson(document: unknown): void {
  const clean = redactDocument(document, redact)
  write(process.stdout, JSON.stringify(clean, null, 2).replace(NOT_IN_JSON, escaped))
}

/** Configs and environment read so far, whose secrets no line of this command may show. */
const read: object[] = [secretVariables(process.env)]
let redact = redactorOf(...read)

/** `loadConfig` for a command: what it prints from then on shows none of the config's secrets. */
export async function openConfig(...given: Parameters<typeof loadConfig>): Promise<ResolvedConfig> {
  const { loadConfig } = await import('../config/load')
  const config = await loadConfig(...given)
  read.push(config)
  redact = redactorOf(...read)
  return config
}

/** All text of results and messages goes through here, so what came from outside moves no cursor and commands no runner. */
function write(stream: NodeJS.WriteStream, text: string): void {
  const shown = dressed(text.endsWith('\n') ? text : `${text}\n`)
  const bytes = Buffer.from(process.env.GITHUB_ACTIONS === 'true' ? withoutCommands(shown) : shown)
  // In pieces, so that it shows whether a reader goes on reading.
  for (let at = 0; at < bytes.length; at += PIECE) stream.write(bytes.subarray(at, at + PIECE))
}

/** GitHub's runner reads a line that begins with `::`, and `##[` anywhere, as a command. */
export const withoutCommands = (text: string): string => text.replace(/^(\s*)::|##\[/gm, '$1\ufffd')

/** Commands of our own to GitHub's runner, each a line. */
export function printCommands(lines: readonly string[], stream: NodeJS.WriteStream): void {
  for (const line of lines) stream.write(`${dressed(redact(line)).replace(/\n/g, ' ')}\n`)
}

/** JSON escapes only the controls below a space. */
const NOT_IN_JSON = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A reader that goes away, a full disk under a log or a terminal that was closed ends the output, not the work. */
export function tolerateFailingOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** Resolves when all that was printed was taken, or when a reader has stood still for so long that nobody reads. */
export async function outputTaken(): Promise<void> {
  await Promise.all([
    taken(process.stdout, IDLE_MS.result),
    taken(process.stderr, IDLE_MS.progress),
  ])
}

async function taken(stream: NodeJS.WriteStream, idle: number): Promise<void> {
  let left = stream.writableLength
  for (
    let since = performance.now();
    left > 0 && !stream.destroyed && performance.now() - since < idle;
  ) {
    await sleep(LOOK_MS)
    if (stream.writableLength < left) since = performance.now()
    left = stream.writableLength
  }
}

/** How results are dressed on stdout. */
export const outStyle = (): Style => styleFor(process.stdout, process.env)

export function pathLink(path: string, style: Style): string {
  return style.link(path, pathToFileURL(path).href)
}

export interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly issues?: ConfigError['issues']
  }
}

export function errorDocument(error: unknown): ErrorDocument {
  const message = error instanceof Error ? error.message : String(error)
  const aborted = error instanceof Error && error.name === 'AbortError'
  const code = error instanceof LakebenchError ? error.code : aborted ? 'ABORTED' : 'INTERNAL'
  const issues = error instanceof ConfigError ? error.issues : undefined
  return { error: { code, message, issues } }
}

/** Message and remedy; the stack only for `LAKEBENCH_DEBUG=1`, or where the error is no foreseen one and so a bug. */
export function printError(error: unknown, options: OutputOptions): void {
  if (options.json) printJson(errorDocument(error))
  const { code, message } = errorDocument(error).error
  const style = styleFor(process.stderr, process.env)
  note(`${style.bad('error:')} ${shownText(message)}`)
  if (process.env.LAKEBENCH_DEBUG === '1') note(shownText(debugText(error)))
  else if (code === 'INTERNAL')
    note('This looks like a bug. LAKEBENCH_DEBUG=1 shows where it happened.')
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${debugText(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
