import { shownText } from '../contracts/shown-text'

/** Markup that is already safe. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type HtmlValue =
  | Html
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly HtmlValue[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Text for element content or a double-quoted attribute. */
export function escapeHtml(text: string): string {
  return shownText(text).replace(/[&<>"'`]/g, character => ENTITIES[character]!)
}

/** Markup from a template; every inserted value is escaped unless it is {@link Html}. `null`, `undefined` and booleans insert nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0]!
  values.forEach((value, i) => {
    text += insert(value) + strings[i + 1]
  })
  return new Html(text)
}

/** Text of our own that must not be escaped, such as the style sheet. Never for anything from outside. */
export function trusted(text: string): Html {
  return new Html(text)
}

function insert(value: HtmlValue): string {
  if (value === null || value === undefined || typeof value === 'boolean') return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return (value as readonly HtmlValue[]).map(insert).join('')
  return escapeHtml(String(value))
}
