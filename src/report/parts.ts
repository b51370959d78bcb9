import { MISSING } from './format'
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
  readonly rows: readonly (readonly HtmlValue[])[]
}

/** A table that scrolls in its own box where the page is narrow. */
export function table({ caption, columns, rows }: TableOptions): Html {
  const label = plainText(caption)
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(c => html`<th scope="col"${kindOf(c)}>${c.label}</th>`)}</tr></thead>
<tbody>
${rows.map(
  row => html`<tr>${row.map((cell, i) => {
    const column = columns[i]!
    return i === 0 ? html`<th scope="row"${kindOf(column)}>${cell}</th>` : html`<td${kindOf(column)}>${cell}</td>`
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

const SIGNS: Readonly<Record<Mark, string>> = { ok: '✓', bad: '✕', stopped: '■', unsure: '!', idle: '–' }

/** A word with its sign, so that colour is never the only carrier. */
export function mark(kind: Mark, word: string): Html {
  return html`<span class="mark mark-${kind}"><span aria-hidden="true">${SIGNS[kind]}</span> ${word}</span>`
}

export function list(items: readonly HtmlValue[]): Html {
  return html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}

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
