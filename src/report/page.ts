import { createHash } from 'node:crypto'
import { type Html, html, trusted } from './html'

const LIGHT = `color-scheme:light;--page:#ffffff;--panel:#f5f7f8;--line:#dde3e7;--text:#16202a;--soft-text:#55606b;
--main:#0072b2;--soft:#8fbfdc;--bad:#c24e00;--planted:#00795a;--ok:#00694e;--warn-panel:#fff6ea;--bad-panel:#fdf1ec;--focus:#0072b2;`

const DARK = `color-scheme:dark;--page:#14171a;--panel:#1c2126;--line:#323a41;--text:#e6eaed;--soft-text:#a2adb6;
--main:#56b4e9;--soft:#2f627f;--bad:#f0914e;--planted:#3fbf96;--ok:#4cc9a0;--warn-panel:#2a2318;--bad-panel:#2d1e17;--focus:#56b4e9;`

/**
 * The page's only style sheet. Screens follow the reader's colour scheme, paper is always light. Marks keep their meaning
 * without colour, and everything stays readable where the sheet is refused.
 */
export const STYLE = `:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem 1rem;z-index:1}
.wrap{max-width:66rem;margin:0 auto;padding:0 1.5rem}
header{border-bottom:1px solid var(--line);padding:2.25rem 0 1.5rem}
header p{margin:.35rem 0 0;color:var(--soft-text)}
h1{font-size:1.6rem;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.012em;display:flex;flex-wrap:wrap;gap:.25rem .8rem;align-items:baseline}
h1 .mark{font-size:1rem;letter-spacing:.03em}
h2{font-size:1.15rem;font-weight:650;letter-spacing:-.005em;margin:0 0 .6rem}
h3{font-size:.95rem;font-weight:650;margin:1.5rem 0 .35rem}
h1,h2,header p{overflow-wrap:anywhere;min-width:0}
section{padding:2rem 0 0;break-inside:auto}
p{margin:.4rem 0 .8rem;max-width:46rem}
a{color:var(--main)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
ul{margin:.4rem 0 .8rem;padding-left:1.2rem;max-width:52rem}
li{margin:.15rem 0}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
nav ul{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;margin:1rem 0 0;padding:0;max-width:none;font-size:.9rem}
nav li{margin:0}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.mark{font-weight:600;white-space:nowrap}
.mark-ok{color:var(--ok)}
.mark-bad,.mark-unsure{color:var(--bad)}
.mark-stopped,.mark-idle{color:var(--soft-text)}
.notice{margin:1rem 0 0;padding:.7rem 1rem;border-left:3px solid var(--bad);background:var(--bad-panel);border-radius:0 4px 4px 0;max-width:none}
.notice p{margin:0 0 .3rem;color:var(--text)}
.notice ul{margin:.2rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}
.scores{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;margin:.6rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:6px;overflow:hidden}
.scores>div{background:var(--page);padding:.85rem 1rem .8rem;display:flex;flex-direction:column}
dt{color:var(--soft-text);font-size:.85rem}
.scores dd{margin:.1rem 0 0;font-size:1.5rem;line-height:1.3;font-weight:600;letter-spacing:-.015em}
.scores dd.why{font-size:.85rem;font-weight:400;letter-spacing:0;color:var(--soft-text);margin-top:.15rem}
.scroll{overflow-x:auto;margin:.4rem 0 1.1rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--soft-text);padding:0 0 .45rem;font-size:.85rem;max-width:min(52rem,calc(100vw - 2rem))}
th,td{padding:.36rem .9rem .36rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft-text);font-weight:500;font-size:.8rem;vertical-align:bottom;border-bottom-color:var(--soft-text);white-space:nowrap}
tbody th{font-weight:500}
.number{text-align:right;white-space:nowrap}
.number+td:not(.number),.number+th:not(.number){padding-left:.6rem}
td.bar,th.bar{width:38%;min-width:12rem;vertical-align:middle}
svg.bar{display:block;overflow:visible}
svg .main{fill:var(--main)}svg .soft{fill:var(--soft)}svg .bad{fill:var(--bad)}svg .planted{fill:var(--planted)}
svg .grid{stroke:var(--line)}
svg .quiet{fill:var(--soft-text)}svg .band{fill:var(--panel)}
svg .median,svg .axis-line,svg .range{stroke:var(--text)}
svg .main-line{stroke:var(--main)}svg .planted-line{stroke:var(--planted)}
svg.chart{display:block;width:100%;min-width:34rem;max-width:54rem;height:auto;font-family:inherit;overflow:visible}
.advice{margin:.4rem 0 .8rem;padding-left:1.4rem;max-width:52rem}
.advice li{margin:.55rem 0}
.advice strong{font-weight:600}
.advice small{display:block}
th button{all:unset;cursor:pointer;color:inherit;font:inherit}
th button:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
th button::after{content:"\\2195";opacity:.45;padding-left:.25em}
th[aria-sort=ascending] button::after{content:"\\2191";opacity:1}
th[aria-sort=descending] button::after{content:"\\2193";opacity:1}
.key{color:var(--soft-text);font-size:.85rem;margin:0 0 .5rem}
.key svg{vertical-align:-1px;margin:0 .3rem 0 .8rem}
.key svg:first-child{margin-left:0}
.unknown,.absent,small{color:var(--soft-text)}
small{font-size:.85rem}
.clip{font-size:12px;white-space:nowrap}
.name{white-space:nowrap}
.note{min-width:12rem}
summary{cursor:pointer;font-weight:500}
details{margin:.4rem 0 1rem}
details pre{background:var(--panel);padding:.8rem 1rem;border-radius:4px}
footer{margin-top:2.5rem;padding:1rem 0 2rem;border-top:1px solid var(--line);color:var(--soft-text);font-size:.85rem}
@media (max-width:36rem){.wrap{padding:0 1rem}header{padding-top:1.5rem}.scores{grid-template-columns:1fr 1fr}.scores>div{padding:.7rem .75rem}.scores dd{font-size:1.25rem}}
@media print{body{font-size:10.5pt}.wrap{max-width:none;padding:0}nav,.skip,th button::after{display:none}header{padding-top:0}section{padding-top:1.2rem}
tr,.scores,.notice{break-inside:avoid}h2,h3,caption{break-after:avoid}.scroll{overflow:visible}
svg,.mark,.notice,.scores{-webkit-print-color-adjust:exact;print-color-adjust:exact}
details::details-content{content-visibility:visible;display:block;height:auto}a{color:inherit;text-decoration:none}}
@page{margin:14mm}`

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
