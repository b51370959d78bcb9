const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
}

/** Text as a reader hears it: no markup, no drawings, single spaces. */
export function textOf(markup: string): string {
  return markup
    .replace(/<svg[\s\S]*?<\/svg>/g, '')
    .replace(/<\/?(span|code|small|strong)[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39|#96);/g, entity => ENTITIES[entity]!)
    .replace(/\s+/g, ' ')
    .trim()
}

/** Text of a section by its id, or of the page's header. */
export function sectionText(page: string, id: string): string {
  return textOf(sectionMarkup(page, id))
}

/** Cells of the first row in a section that this text heads. */
export function rowOf(page: string, id: string, heading: string): string[] {
  for (const row of sectionMarkup(page, id).match(/<tr><th scope="row"[\s\S]*?<\/tr>/g) ?? []) {
    const cells = [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell!))
    if (cells[0] === heading) return cells
  }
  throw new Error(`No row ${heading} in section ${id}.`)
}

function sectionMarkup(page: string, id: string): string {
  const found =
    id === 'header'
      ? /<header>[\s\S]*?<\/header>/.exec(page)
      : new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(page)
  if (!found) throw new Error(`No section ${id}.`)
  return found[0]
}
