/** A string literal in which only the quote is special (ANSI). */
export const standardText = (value: string): string => `'${value.replaceAll("'", "''")}'`
