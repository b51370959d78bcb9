/** Holm's step-down adjustment for a family of p-values, in the order given. `null` stays `null` and is not of the family. */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const order = p
    .map((value, index) => ({ value, index }))
    .filter((entry): entry is { value: number; index: number } => entry.value !== null)
    .sort((x, y) => x.value - y.value)
  const adjusted: (number | null)[] = p.map(() => null)
  let floor = 0
  for (const [rank, { value, index }] of order.entries()) {
    floor = Math.min(1, Math.max(floor, value * (order.length - rank)))
    adjusted[index] = floor
  }
  return adjusted
}
