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
