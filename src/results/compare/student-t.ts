/** Value below which Student's t with so many degrees of freedom lies with probability `p`, 0.5 ≤ p < 1. */
export function tQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1]
  while (tCumulative(high, degrees) < p && high < 1e9) high *= 2
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (tCumulative(middle, degrees) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(T ≤ t) for t ≥ 0 and whole degrees of freedom. Source: Abramowitz and Stegun 26.7.3 and 26.7.4, finite sums. */
export function tCumulative(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const odd = degrees % 2 === 1
  let [term, sum] = odd ? [cos, degrees > 1 ? cos : 0] : [1, 1]
  for (let i = odd ? 3 : 2; i < degrees - 1; i += 2) {
    term *= (cos * cos * (i - 1)) / i
    sum += term
  }
  const within = odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum
  return 0.5 + within / 2
}
