export const GIB = 1024 ** 3

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1.5 GiB`; three significant digits, whole numbers as they are. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${Number.isInteger(value) ? value : Number(value.toPrecision(3))} ${UNITS[power]}`
}

/** Two sizes told apart: exact where rounding would print them alike. */
export function formatAgainst(bytes: number, limit: number): string {
  const text = formatBytes(bytes)
  return bytes !== limit && text === formatBytes(limit) ? `${bytes} bytes` : text
}
