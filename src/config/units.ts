/** Bytes of a size unit; every unit is binary, `b` to `t`, with or without a trailing `b`, `i` or `ib`. */
const SIZE_POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 }
const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:ib?|b)?|b)?$/i

/**
 * Bytes of `512mb`, `64g`, `1.5 GiB` or a bare number of bytes; binary units, any case.
 *
 * @returns whole bytes, `null` where the text is no size or does not fit a safe integer
 */
export function parseSize(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  const match = SIZE.exec(value.trim())
  if (!match) return null
  const bytes = Math.round(Number(match[1]) * 1024 ** SIZE_POWERS[(match[2] ?? '').toLowerCase()]!)
  return Number.isSafeInteger(bytes) ? bytes : null
}

const DURATION = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i
const UNIT_SECONDS: readonly (readonly [seconds: number, names: readonly string[]])[] = [
  [0.001, ['ms', 'millisecond', 'milliseconds']],
  [1, ['', 's', 'sec', 'secs', 'second', 'seconds']],
  [60, ['m', 'min', 'mins', 'minute', 'minutes']],
  [3600, ['h', 'hr', 'hrs', 'hour', 'hours']],
  [86_400, ['d', 'day', 'days']],
]

/**
 * Seconds of `30 seconds`, `5 minutes`, `1h`, `500ms` or a bare number of seconds.
 *
 * @returns `null` where the text is no duration
 */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null
  const match = DURATION.exec(value.trim())
  if (!match) return null
  const unit = match[2]!.toLowerCase()
  const seconds = UNIT_SECONDS.find(([, names]) => names.includes(unit))?.[0]
  return seconds === undefined ? null : Number(match[1]) * seconds
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})0*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * ISO-8601 UTC of `2024-01-01`, `2024-01-01T12:30:00Z`, or one with an offset; without a zone it is UTC. Days that do not
 * exist and fractions below a millisecond are refused rather than moved.
 *
 * @returns e.g. `2024-01-01T00:00:00.000Z`, `null` where the text is no such time
 */
export function parseTimestamp(text: string): string | null {
  const match = TIMESTAMP.exec(text.trim())
  if (!match) return null
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] =
    match
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`
  const time = Date.parse(local)
  // Parsing 30 February gives 1 March: only a text that comes back unchanged is a real time.
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return null
  const offset = offsetMinutes(zone)
  if (offset === null) return null
  const instant = new Date(time - offset * 60_000)
  const iso = instant.toISOString()
  return iso.length === local.length ? iso : null
}

function offsetMinutes(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 14 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** `2024-01-31` where that day exists, else `null`. */
export function parseDay(text: string): string | null {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTimestamp(text) ? text : null
}
