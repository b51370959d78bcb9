import { shownText } from '../contracts/shown-text'

/** The part of a stream that decides how to write to it. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

export type TerminalEnvironment = Readonly<Record<string, string | undefined>>

/** Colour on a terminal unless `NO_COLOR` says no; `FORCE_COLOR` says yes anywhere. */
export function wantsColor(terminal: Terminal, env: TerminalEnvironment): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return Boolean(terminal.isTTY) && env.TERM !== 'dumb'
}

/** Whether lines may be drawn over. */
export function canRedraw(terminal: Terminal, env: TerminalEnvironment): boolean {
  return Boolean(terminal.isTTY) && env.TERM !== 'dumb' && !env.CI
}

/** Columns of what stdout writes to; a file or a pipe has room for all. */
export function lineWidth(terminal: Terminal = process.stdout): number {
  return (terminal.isTTY && terminal.columns) || Number.POSITIVE_INFINITY
}

export interface Style {
  good(text: string): string
  bad(text: string): string
  dim(text: string): string
  bold(text: string): string
  /** A path that terminals which can do so open on a click. */
  link(text: string, url: string): string
}

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const same = (text: string) => text

export const PLAIN_STYLE: Style = { good: same, bad: same, dim: same, bold: same, link: same }

export const COLOR_STYLE: Style = {
  good: sgr(32),
  bad: sgr(31),
  dim: sgr(2),
  bold: sgr(1),
  link: (text, url) => `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`,
}

export function styleFor(terminal: Terminal, env: TerminalEnvironment): Style {
  if (wantsColor(terminal, env))
    return terminal.isTTY ? COLOR_STYLE : { ...COLOR_STYLE, link: same }
  return PLAIN_STYLE
}

/** Escape sequences that `COLOR_STYLE` writes, and no others. */
const OWN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with one
  /(\u001b\[[0-9]m|\u001b\[3[12]m|\u001b\]8;;(?:file:[^\u0000-\u0020\u007f-\u009f]*)?\u001b\\)/

/** Text that is dressed by a style of this command: its sequences stay, no others. */
export function dressed(text: string): string {
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 1 ? part : shownText(part)))
    .join('')
}

/** Text on one line. */
export function oneLine(text: string): string {
  return shownText(text.replace(/\s*\n\s*/g, ' '))
}

export interface TextColumn {
  readonly label: string
  readonly align?: 'left' | 'right'
}

/** Columns of text, two spaces apart; without a header line where no column has a label. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  indent = '',
): string {
  const header = columns.some(c => c.label !== '') ? [columns.map(c => c.label)] : []
  const all = [...header, ...rows]
  const widths = columns.map((_, i) => Math.max(0, ...all.map(row => width(row[i] ?? ''))))
  return all
    .map(row => {
      const cells = columns.map((column, i) => {
        const cell = row[i] ?? ''
        const room = ' '.repeat(widths[i]! - width(cell))
        return column.align === 'right' ? room + cell : cell + room
      })
      return (indent + cells.join('  ')).trimEnd()
    })
    .join('\n')
}

/** Columns a text takes; colour and link sequences take none. */
export function width(text: string): number {
  return [...text.replace(SEQUENCES, '')].length
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with a control character
const SEQUENCES = /\u001b\[[0-9;]*m|\u001b\]8;;[^\u001b]*\u001b\\/g
