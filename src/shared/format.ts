/** Bytes of the binary units; every size that people read or write is in these. */
export const MIB = 2 ** 20
export const GIB = 2 ** 30
export const TIB = 2 ** 40

/** Stands for a value that nobody measured. */
export const MISSING = '—'

type Measured = number | null | undefined

const known = (value: Measured): value is number =>
  typeof value === 'number' && Number.isFinite(value)

/** A whole number with thousands separators: `2,556,520`. */
export function formatCount(value: Measured): string {
  return known(value) ? Math.round(value).toLocaleString('en-US') : MISSING
}

/** A number with a fixed count of decimals and thousands separators. */
export function formatNumber(value: Measured, decimals: number): string {
  if (!known(value)) return MISSING
  return value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
}

/** Three significant digits without an exponent: `0.0123`, `1.23`, `123`; thousands keep all their digits. */
export function formatSignificant(value: Measured): string {
  if (!known(value)) return MISSING
  if (Math.abs(value) >= 1000) return formatCount(value)
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** Seconds in the unit a reader would say: `0.42 ms`, `123 ms`, `4.21 s`, `42.1 s`, `3 min 05 s`, `2 h 03 min`. */
export function formatDuration(seconds: Measured): string {
  if (!known(seconds)) return MISSING
  if (seconds === 0) return '0 s'
  if (seconds < 0.001) return `${threeDigits(seconds * 1000)} ms`
  if (seconds < 0.9995)
    return `${seconds < 0.00995 ? (seconds * 1000).toFixed(1) : Math.round(seconds * 1000)} ms`
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
  const hours = Math.round(seconds / 3600)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Binary units, three significant digits: `512 B`, `4.24 KiB`, `1.03 GiB`. */
export function formatBytes(bytes: Measured): string {
  if (!known(bytes)) return MISSING
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${BYTE_UNITS[unit]}`
}

/** Metrics keep sizes in GiB; people read the unit that fits. */
export function formatGib(gib: Measured): string {
  return known(gib) ? formatBytes(gib * 2 ** 30) : MISSING
}

export function formatByteRate(bytesPerSecond: Measured): string {
  return known(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : MISSING
}

const COUNT_UNITS = ['', ' K', ' M', ' G', ' T'] as const

/** A count in little room: `950`, `12.3 K`, `2.56 M`. */
export function formatCompact(value: Measured): string {
  if (!known(value)) return MISSING
  let scaled = value
  let unit = 0
  while (Math.abs(scaled) >= 999.5 && unit < COUNT_UNITS.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(scaled) : threeDigits(scaled)}${COUNT_UNITS[unit]}`
}

export function formatRowRate(rowsPerSecond: Measured): string {
  return known(rowsPerSecond) ? `${formatCompact(rowsPerSecond)} rows/s` : MISSING
}

/** A share 0..1 as a percentage: `0.04 %`, `4.2 %`, `42 %`. */
export function formatShare(share: Measured): string {
  if (!known(share)) return MISSING
  const percent = share * 100
  if (percent === 0) return '0 %'
  if (percent < 0.005) return '< 0.01 %'
  if (percent < 0.095) return `${percent.toFixed(2)} %`
  if (percent < 9.95) return `${percent.toFixed(1)} %`
  // A part is never called the whole.
  if (percent >= 99.5 && percent < 100)
    return percent < 99.95 ? `${percent.toFixed(1)} %` : '> 99.9 %'
  return `${Math.round(percent).toLocaleString('en-US')} %`
}

/** `2026-01-31 12:00:03 UTC` from an ISO-8601 text; what is no date is shown as it is. */
export function formatInstant(iso: string | null | undefined): string {
  if (!iso) return MISSING
  const time = Date.parse(iso)
  return Number.isNaN(time)
    ? iso
    : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

const pad = (value: number) => String(value).padStart(2, '0')

function threeDigits(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95) return value.toFixed(0)
  if (size >= 9.995) return value.toFixed(1)
  return value.toFixed(2)
}

const SIZE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A size that somebody chose or a limit, in bytes: `1.5 GiB`, `64 MiB`; three significant digits, whole numbers as they are. */
export function formatSize(bytes: number): string {
  const power =
    bytes < 1024 ? 0 : Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${Number.isInteger(value) ? value : Number(value.toPrecision(3))} ${SIZE_UNITS[power]}`
}

/** Two sizes told apart: exact where rounding would print them alike. */
export function formatAgainst(bytes: number, limit: number): string {
  const text = formatSize(bytes)
  return bytes !== limit && text === formatSize(limit) ? `${bytes} bytes` : text
}
