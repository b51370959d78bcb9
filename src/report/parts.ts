import { MISSING } from '../shared/format'
import { type Html, type HtmlValue, html } from './html'

export interface Column {
  readonly label: HtmlValue
  /** Numbers stand to the right, bars take the room that is left, notes keep room for a sentence. */
  readonly kind?: 'text' | 'number' | 'bar' | 'note'
}

export interface TableOptions {
  readonly caption: HtmlValue
  readonly columns: readonly Column[]
  /** The first cell heads its row. */
  readonly rows: readonly (readonly Cell[])[]
  /** Readers may sort it by any column but bars. */
  readonly sortable?: boolean
}

/** Content of a cell; with `value` the number it is sorted by. */
export type Cell = HtmlValue | Sorted
export interface Sorted {
  readonly shown: HtmlValue
  readonly value: number
}

/** A formatted number that sorts as the number it is, or the sign for an unknown one. */
export function measured(
  value: number | null | undefined,
  format: (value: number) => string,
): Cell {
  return value === null || value === undefined ? unknown : { shown: format(value), value }
}

/** A table that scrolls in its own box where the page is narrow. */
export function table({ caption, columns, rows, sortable = false }: TableOptions): Html {
  const label = plainText(caption)
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table${sortable && rows.length > 1 && html` class="sortable"`}>
<caption>${caption}</caption>
<thead><tr>${columns.map(c => html`<th scope="col"${kindOf(c)}>${c.label}</th>`)}</tr></thead>
<tbody>
${rows.map(
  row => html`<tr>${row.map((cell, i) => {
    const column = columns[i]!
    const content = isSorted(cell) ? cell.shown : cell
    if (i === 0) return html`<th scope="row"${kindOf(column)}>${content}</th>`
    return html`<td${kindOf(column)}${isSorted(cell) && html` data-v="${cell.value}"`}>${content}</td>`
  })}</tr>
`,
)}</tbody></table></div>`
}

/** One part of the page. A part without data stays, and says why it is empty. */
export function section(id: string, title: string, ...body: readonly HtmlValue[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`
}

export function paragraph(...body: readonly HtmlValue[]): Html {
  return html`<p>${body}</p>`
}

/** Why something is not here, where a reader looks for it. */
export function absent(why: HtmlValue): Html {
  return html`<p class="absent">${why}</p>`
}

/** A value nobody measured. */
export const unknown = html`<span class="unknown" title="not measured">${MISSING}</span>`

/** The formatted value, or the sign for an unknown one. */
export function shown<T>(value: T | null | undefined, format: (value: T) => string): HtmlValue {
  return value === null || value === undefined ? unknown : format(value)
}

export type Mark = 'ok' | 'bad' | 'stopped' | 'unsure' | 'idle'

const SIGNS: Readonly<Record<Mark, string>> = {
  ok: '✓',
  bad: '✕',
  stopped: '■',
  unsure: '!',
  idle: '–',
}

/** A word with its sign, so that colour is never the only carrier. */
export function mark(kind: Mark, word: string): Html {
  return html`<span class="mark mark-${kind}"><span aria-hidden="true">${SIGNS[kind]}</span> ${word}</span>`
}

export function list(items: readonly HtmlValue[]): Html {
  return html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}

const isSorted = (cell: Cell): cell is Sorted =>
  typeof cell === 'object' && cell !== null && 'value' in cell && 'shown' in cell

function kindOf(column: Column): Html | null {
  return column.kind && column.kind !== 'text' ? html` class="${column.kind}"` : null
}

function plainText(value: HtmlValue): string {
  return html`${value}`.text
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39|#96);/g, entity => UNESCAPED[entity]!)
}

const UNESCAPED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
}
