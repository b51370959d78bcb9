/** Takes secrets out of a text that leaves this process. */
export type Redact = (text: string) => string

const HIDDEN = '***'

/** Names of settings whose values are nobody's business. */
const SOUNDS_SECRET =
  /secret|passw|pwd|(^|[._-])pass($|[._-])|(^|[._-])sas($|[._-])|token|(access|account|private|api)[._-]?key|credential|signature|authorization/i

/** Of these, the ones that only say where or how, e.g. `fs.s3a.aws.credentials.provider`. */
const SOUNDS_OPEN = /(provider|class|type|file|path|uri|url|endpoint|regex|enabled)$/i

/** Headers, signed URLs and credentials in URLs, whoever's they are. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^\n"']+/gi, `$1${HIDDEN}`],
  [/\b(x-amz-(?:signature|credential|security-token)["']?\s*[:=]\s*["']?)[^\s&"',;]+/gi, `$1${HIDDEN}`],
  [/\b((?:access_|refresh_|client_)?(?:token|secret)=)[^\s&"',;]+/gi, `$1${HIDDEN}`],
  [/\b(bearer\s+)[\w.~+/-]{8,}=*/gi, `$1${HIDDEN}`],
  [/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*:[^/?#\s@]*@/gi, `$1${HIDDEN}@`],
]

/** Shorter values are parts of other words; they are hidden only where they stand as the value of a setting. Characters. */
const SHORTEST = 8
/** Such a value may be part of a name, e.g. `lakebench` of the bucket `lakebench-bronze`: it is hidden as a whole word only. */
const WORD = /^[a-z]+([_-][a-z]+)*$/i
/** A setting's name that sounds secret, up to its value. */
const SETTING = String.raw`([\w.-]*(?:secret|passw|pwd|token|key|credential)[\w.-]*["']?\s*[:=]\s*["']?)`

/**
 * A function that hides the given values, as they are and as base64 or in a URL, and what looks like a credential. Longer
 * values go first, so that a value that contains another leaves nothing behind.
 */
export function redactor(secrets: readonly string[]): Redact {
  const spellings = new Set<string>()
  const settings: RegExp[] = []
  for (const secret of secrets) {
    // A secret of several lines shows line by line.
    for (const value of [secret, ...secret.split(/\r?\n/)]) {
      if (value.trim() === '') continue
      if (value.trim().length < SHORTEST) {
        settings.push(new RegExp(`${SETTING}${literal(value)}(?![\\w-])`, 'gi'))
        continue
      }
      spellings.add(value)
      spellings.add(encodeURIComponent(value))
      spellings.add(Buffer.from(value).toString('base64').replace(/=+$/, ''))
    }
  }
  const ordered = [...spellings]
    .sort((a, b) => b.length - a.length)
    .map(value => (WORD.test(value) ? new RegExp(`(?<![\\w-])${literal(value)}(?![\\w-])`, 'g') : value))
  return text => {
    let clean = text
    for (const value of ordered) clean = clean.replaceAll(value, HIDDEN)
    for (const setting of settings) clean = clean.replace(setting, `$1${HIDDEN}`)
    for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement)
    return clean
  }
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** The values of settings or environment variables whose names say that they are secret. */
export function secretValues(settings: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    value && SOUNDS_SECRET.test(name) && !SOUNDS_OPEN.test(name) ? [value] : [],
  )
}
