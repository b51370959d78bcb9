/** A change as people write it: `+18 %`, `−3.2 %`, `0.0 %` for ratios of 1.18, 0.968 and 1. */
export function percent(ratio: number): string {
  const share = Math.abs(ratio - 1) * 100
  const digits = share >= 9.95 ? share.toFixed(0) : share.toFixed(1)
  if (digits === '0.0') return '0.0 %'
  return `${ratio >= 1 ? '+' : '−'}${digits} %`
}
