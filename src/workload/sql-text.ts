import type { Dialect } from './dialect'

/** `CASE expression WHEN 'key' THEN value …`, keys as string literals, values as SQL; NULL where no key fits. */
export function caseOf(
  d: Dialect,
  expression: string,
  entries: Iterable<readonly [string, string]>,
  otherwise?: string,
) {
  const whens = [...entries].map(([key, value]) => `WHEN ${d.text(key)} THEN ${value}`)
  return `CASE ${expression} ${whens.join(' ')}${otherwise === undefined ? '' : ` ELSE ${otherwise}`} END`
}

/** Searched CASE whose results are strings: the first condition that holds decides. */
export function firstOf(
  d: Dialect,
  entries: readonly (readonly [condition: string, result: string])[],
  otherwise: string,
) {
  const whens = entries.map(([condition, result]) => `WHEN ${condition} THEN ${d.text(result)}`)
  return `CASE ${whens.join(' ')} ELSE ${d.text(otherwise)} END`
}

export const textList = (d: Dialect, values: readonly string[]): string =>
  values.map(v => d.text(v)).join(', ')

/** Lines of a SELECT list, `expression AS name`. */
export const selectList = (items: readonly { name: string; sql: string }[]): string =>
  items.map(({ name, sql }) => (sql === name ? `  ${name}` : `  ${sql} AS ${name}`)).join(',\n')
