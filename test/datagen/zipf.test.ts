import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Zipf } from '../../src/datagen/draws'

const exponents = fc.oneof(
  fc.constantFrom(0, 0.5, 1, 1.5, 2),
  fc.double({ min: 0, max: 4, noNaN: true }),
)

/** Cumulative probabilities by summing every weight. */
function exact(n: number, s: number): Float64Array {
  const sums = new Float64Array(n)
  let sum = 0
  for (let k = 1; k <= n; k++) {
    sum += k ** -s
    sums[k - 1] = sum
  }
  return sums.map(x => x / sum)
}

test('inversion agrees with the exact sums, in the table and beyond it', () => {
  const arbitrary = fc.record({
    n: fc.integer({ min: 1, max: 5000 }),
    s: exponents,
    head: fc.integer({ min: 400, max: 6000 }),
    us: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 20,
      maxLength: 20,
    }),
  })
  fc.assert(
    fc.property(arbitrary, ({ n, s, head, us }) => {
      const zipf = new Zipf(n, s, head)
      const cumulative = exact(n, s)
      for (const u of us) {
        const k = zipf.rank(u)
        expect(Number.isInteger(k) && k >= 1 && k <= n).toBe(true)
        const [below, upTo] = [k === 1 ? 0 : cumulative[k - 2]!, cumulative[k - 1]!]
        // The tail's relative error is s(s+1)/(24 k²) of a share that shrinks with it.
        expect(u).toBeGreaterThanOrEqual(below - 5e-6)
        expect(u).toBeLessThanOrEqual(upTo + 5e-6)
      }
    }),
    { numRuns: 300 },
  )
})

test.each([0, 0.8, 1, 1.5, 3])(
  'a million ranks at exponent %d: every boundary lies where the exact sum is',
  s => {
    const n = 1_000_000
    const zipf = new Zipf(n, s)
    const cumulative = exact(n, s)
    for (const k of [1, 2, 10, 100, 9_999, 10_000, 10_001, 10_500, 99_999, 500_000, n - 1]) {
      // Bisect for the greatest u that still gives rank k or less.
      let [low, high] = [0, 1 - 2 ** -53]
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2
        if (zipf.rank(middle) <= k) low = middle
        else high = middle
      }
      expect(Math.abs(low - cumulative[k - 1]!), `rank ${k}`).toBeLessThan(1e-9)
    }
  },
)

test('rank never falls as u rises', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e11 }),
      exponents,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, s, a, b) => {
        const zipf = new Zipf(n, s, 200)
        expect(zipf.rank(Math.min(a, b))).toBeLessThanOrEqual(zipf.rank(Math.max(a, b)))
      },
    ),
  )
})

test('at exponent 1.5 a fixed share goes to the first customers', () => {
  // 1/ζ(1.5) = 0.3828 for an endless tail.
  const zipf = new Zipf(1e9, 1.5)
  expect(zipf.rank(0.3827)).toBe(1)
  expect(zipf.rank(0.3829)).toBe(2)
})
