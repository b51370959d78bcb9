/** Queries an hour. Source: the product page, `(number_of_queries / total_seconds) * 3600`. `null` when no time passed. */
export function queriesPerHour(queries: number, totalSeconds: number): number | null {
  return queries > 0 && totalSeconds > 0 ? (queries / totalSeconds) * 3600 : null
}
