import { createHash } from 'node:crypto'
import { type Html, html, trusted } from './html'
import { SCRIPT } from './script'
import { STYLE } from './style'

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
