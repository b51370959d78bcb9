/** An element as a strict reader sees it. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** XML 1.0 as far as JUnit needs it: elements, attributes, text, entities. Throws on all that is not well formed. */
export function readXml(xml: string): Element {
  const [declaration] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/.exec(xml) ?? []
  if (!declaration) throw new Error('There is no XML declaration.')
  for (const char of xml) {
    const code = char.codePointAt(0)!
    const allowed =
      code === 9 ||
      code === 10 ||
      code === 13 ||
      (code >= 32 && code < 0xd800) ||
      (code >= 0xe000 && code < 0xfffe) ||
      code >= 0x10000
    if (!allowed) throw new Error(`XML 1.0 has no U+${code.toString(16)}.`)
  }
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  let at = declaration.length
  while (at < xml.length) {
    const tag = /^<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/.exec(xml.slice(at))
    if (tag) {
      const [whole, closing, name, attributes, empty] = tag as unknown as [
        string,
        string,
        string,
        string,
        string,
      ]
      if (closing) {
        if (open.pop()!.name !== name) throw new Error(`</${name}> closes something else.`)
      } else {
        const pairs = [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [
          key,
          decode(value!),
        ])
        const element: Element = {
          name,
          attributes: Object.fromEntries(pairs),
          children: [],
          text: '',
        }
        open.at(-1)!.children.push(element)
        if (!empty) open.push(element)
      }
      at += whole.length
    } else {
      const text = /^[^<]+/.exec(xml.slice(at))
      if (!text) throw new Error(`Not well formed at ${JSON.stringify(xml.slice(at, at + 40))}.`)
      open.at(-1)!.text += decode(text[0])
      at += text[0].length
    }
  }
  if (open.length !== 1 || root.children.length !== 1)
    throw new Error('There is not exactly one root, closed.')
  return root.children[0]!
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|([a-z]+));|&/g, (whole, code, name) => {
    const found = code ? String.fromCodePoint(Number(code)) : ENTITIES[name]
    if (found === undefined) throw new Error(`${whole} is no entity.`)
    return found
  })
}
