import { createHash } from 'node:crypto'
import { type Html, html, trusted } from './html'
import { STYLE } from './style'

/**
 * The pages' only script: headers of sortable tables become buttons. Without it, or where a page's host forbids scripts,
 * everything is there in the order it was written.
 */
const SCRIPT = `(() => {
const key = cell => 'v' in cell.dataset ? Number(cell.dataset.v) : cell.textContent.trim()
const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0]
  const heads = [...table.tHead.rows[0].cells]
  const written = [...body.rows]
  heads.forEach((head, column) => {
    if (head.classList.contains('bar')) return
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener('click', () => {
      const order = { ascending: 'descending', descending: null }
      const was = head.getAttribute('aria-sort')
      const next = was ? order[was] : 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      if (next) head.setAttribute('aria-sort', next)
      const sign = next === 'descending' ? -1 : 1
      // What was not measured stays at the end, whichever way round.
      const missing = row => row.cells[column].querySelector('.unknown') ? 1 : 0
      const sorted = next ? [...written].sort((a, b) => missing(a) - missing(b) || sign * compare(key(a.cells[column]), key(b.cells[column]))) : written
      body.append(...sorted)
    })
  })
}
})()`

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

// Only this page's own style sheet and script may apply; nothing is fetched, nothing is sent.
const POLICY = [
  "default-src 'none'",
  `style-src ${sha256(STYLE)}`,
  `script-src ${sha256(SCRIPT)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export interface Page {
  readonly title: string
  readonly header: Html
  /** Sections in order; one without a body is left out of the list at the top. */
  readonly sections: readonly {
    readonly id: string
    readonly nav: string
    readonly body: Html | null
  }[]
  readonly footer: Html
}

/** Frame of every page around its sections: one file that opens offline, prints, and holds one style sheet and one script. */
export function pageText({ title, header, sections, footer }: Page): string {
  const shown = sections.filter(({ body }) => body !== null)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<div class="wrap">
${header}
<nav aria-label="Sections"><ul>${shown.map(({ id, nav }) => html`<li><a href="#${id}">${nav}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
${shown.map(({ body }) => body)}
</main>
<footer>${footer}</footer>
</div>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`
  return page.text
}
