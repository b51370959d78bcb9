const POWERS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/

/** A quantity as Kubernetes writes it (`250m`, `1.5Gi`, `1e3`) as a number; `null` for what is none. */
export function parseQuantity(text: string): number | null {
  const match = QUANTITY.exec(text.trim())
  if (!match) return null
  const [, digits, exponent, suffix] = match
  return exponent === undefined
    ? Number(digits) * POWERS[suffix ?? '']!
    : Number(`${digits}${exponent}`)
}

/** `0.25` as `250m`; whole cores as they are. */
export const cpuQuantity = (cores: number): string =>
  Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`

/** Bytes as `1536Mi`, rounded up; whole GiB as `Gi`. */
export function memoryQuantity(bytes: number): string {
  const mib = Math.ceil(bytes / 2 ** 20)
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`
}
