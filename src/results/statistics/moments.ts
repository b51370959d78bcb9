/** Median; mean of the two middle values for an even count. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median, or `null` for none: what nobody measured. */
export function medianOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Standard deviation of a sample, n − 1 below the line; `NaN` for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1),
  )
}

/** Geometric mean of positive values; `NaN` for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)))
}

/** Median distance from the median: a spread that one outlier does not move. `NaN` for none. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const centre = median(values)
  return median(values.map(value => Math.abs(value - centre)))
}

/** Below so many independent points a standard error says little. */
const LEAST_INDEPENDENT = 6

export interface Trend {
  /** Slope of the least-squares line, a unit of x. */
  readonly slope: number
  /** `null` where the points are too few, or too much alike, for one. */
  readonly standardError: number | null
}

/**
 * The least-squares line through points of a series in time. What waits rises and falls with the triggers, so a point resembles the
 * one before; the standard error counts only as many points as are independent by the autocorrelation of the residuals,
 * n (1 − r) ÷ (1 + r). Source: Santer et al. 2000, J. Geophys. Res. 105(D6), equations 4 to 6.
 */
export function trendOf(points: readonly (readonly [x: number, y: number])[]): Trend | null {
  if (points.length < 4) return null
  const [mx, my] = [mean(points.map(p => p[0])), mean(points.map(p => p[1]))]
  const across = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  if (across <= 0) return null
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / across
  const residuals = points.map(([x, y]) => y - my - slope * (x - mx))
  const squares = residuals.reduce((sum, e) => sum + e ** 2, 0)
  if (squares <= 1e-18 * my ** 2 * points.length) return { slope, standardError: 0 }
  const lagged = residuals.slice(1).reduce((sum, e, i) => sum + e * residuals[i]!, 0)
  const r = Math.min(0.99, Math.max(0, lagged / squares))
  const independent = (points.length * (1 - r)) / (1 + r)
  return {
    slope,
    standardError:
      independent < LEAST_INDEPENDENT ? null : Math.sqrt(squares / (independent - 2) / across),
  }
}
