import { median } from '../../../src/results/statistics/moments'
import { seededRandom } from '../../../src/results/statistics/resampling'
import { QUERIES, STAGES } from './facts'

export const METRICS = [...STAGES, ...QUERIES]

/** Times as a busy machine gives them: 5 % a sample, 2 % an arm and round, and one sample in twenty slowed by 30–100 %. */
export class Noise {
  private readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random())
  }

  /** Seconds of every metric in one arm and round, the median of `samples` each; `effects` are log ratios by metric. */
  times(samples: number, effects: Readonly<Record<string, number>> = {}): Record<string, number> {
    const shared = 0.02 * this.normal()
    return Object.fromEntries(
      METRICS.map(name => {
        const drawn = Array.from({ length: samples }, () => {
          const slow = this.random() < 0.05 ? Math.log(1.3 + 0.7 * this.random()) : 0
          return 0.05 * this.normal() + slow
        })
        return [name, Math.exp(shared + (effects[name] ?? 0) + median(drawn))]
      }),
    )
  }
}

export const percentOf = (count: number, all: number): number => (100 * count) / all
