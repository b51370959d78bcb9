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
    const cells = [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) =>
      textOf(cell!),
    )
    if (cells[0] === heading) return cells
  }
  throw new Error(`No row ${heading} in section ${id}.`)
}

/** Marks of one kind in the chart of a section, as markup. */
export function marksOf(page: string, id: string, className: string, tag: string): string[] {
  const groups = [...sectionMarkup(page, id).matchAll(/<g [^>]*>[\s\S]*?<\/g>/g)].map(
    ([group]) => group,
  )
  return groups
    .filter(group => new RegExp(`^<g [^>]*class="${className}"`).test(group))
    .flatMap(group => group.match(new RegExp(`<${tag} [^>]*>`, 'g')) ?? [])
}

export function barsOf(
  page: string,
  id: string,
  className: string,
): { x: number; width: number }[] {
  const length = (rect: string, name: string) =>
    Number(new RegExp(` ${name}="([\\d.]+)"`).exec(rect)![1])
  return marksOf(page, id, className, 'rect').map(rect => ({
    x: length(rect, 'x'),
    width: length(rect, 'width'),
  }))
}

/** What a screen reader says of the first chart of a section. */
export function chartLabel(page: string, id: string): string {
  return /<svg [^>]*role="img"[^>]*aria-label="([^"]*)"|<svg [^>]*aria-label="([^"]*)"[^>]*role="img"/
    .exec(sectionMarkup(page, id))!
    .slice(1)
    .find(label => label !== undefined)!
}

function sectionMarkup(page: string, id: string): string {
  const found =
    id === 'header'
      ? /<header>[\s\S]*?<\/header>/.exec(page)
      : new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(page)
  if (!found) throw new Error(`No section ${id}.`)
  return found[0]
}
