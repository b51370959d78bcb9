import { describe, expect, it } from 'vitest'
import {
  detectableAtSpread,
  detectableEffect,
  tQuantile,
} from '../../../src/results/compare/estimates'

describe('Student’s t', () => {
  it.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.3027],
    [0.975, 5, 2.5706],
    [0.975, 9, 2.2622],
    [0.975, 19, 2.093],
    [0.995, 10, 3.1693],
    [0.8, 9, 0.8834],
    [0.8, 4, 0.941],
  ])('%f with %i degrees of freedom is at %f', (p, degrees, t) => {
    expect(tQuantile(p, degrees)).toBeCloseTo(t, 3)
  })
})

describe('what a session can show', () => {
  const ROUNDS = [6, 8, 10, 12, 15, 20]
  it.each([
    [0.03, [4.5, 3.6, 3.1, 2.8, 2.4, 2.0]],
    [0.05, [7.6, 6.1, 5.2, 4.6, 4.1, 3.4]],
    [0.1, [15.7, 12.5, 10.7, 9.5, 8.3, 7.0]],
    [0.15, [24.4, 19.4, 16.5, 14.6, 12.7, 10.7]],
  ])('at a spread of %f is the table of the method', (spread, percent) => {
    for (const [i, rounds] of ROUNDS.entries())
      expect(100 * (detectableAtSpread(spread, rounds) - 1)).toBeCloseTo(percent[i]!, 1)
  })

  it('is unknown for one round, and more for a family', () => {
    expect(detectableEffect([0.1])).toBeNull()
    const rounds = [0.01, -0.02, 0.03, 0, -0.01, 0.02]
    expect(detectableEffect(rounds, 3.8)).toBeGreaterThan(detectableEffect(rounds)!)
  })
})
