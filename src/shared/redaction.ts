/** Tells what is secret, by one list of names, and keeps it out of whatever this process writes or prints. */

/** Takes secrets out of a text that leaves this process. */
export type Redact = (text: string) => string

const HIDDEN = '***'

/** Names of keys, settings and variables whose values are nobody's business. */
const SECRET_NAME =
  /secret|passw|passphrase|pwd|(?<![a-z])pass(?![a-z])|(?<![a-z])sas(?![a-z])|token|(access|account|private|api|shared|encryption|signing|storage|client|master|license)[._-]?key|\.key$|credential|signature|authorization/i

/** Of these, the ones that only say where or how, e.g. `fs.s3a.aws.credentials.provider`. */
const OPEN_NAME = /(provider|class|type|file|path|uri|url|endpoint|regex|enabled)$/i

/** Shorter values are parts of other words; they are hidden only where they stand as the value of a setting. Characters. */
const SHORTEST = 8
/** Such a value may be part of a name, e.g. `lakebench` of the bucket `lakebench-bronze`: it is hidden as a whole word only. */
const WORD = /^[a-z]+([_-][a-z]+)*$/i

/** Tells that the value of a key, a setting or a variable of this name is to be hidden. */
export function soundsSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !OPEN_NAME.test(name)
}

/** Patterns of what looks like a credential wherever it stands: first group kept, second hidden. */
const LOOKALIKES: readonly (readonly [pattern: RegExp, secret?: (name: string) => boolean])[] = [
  // `user:password@` of a URL; in these schemes it is a container's name.
  [/(?<!\b(?:abfs|wasb)s?)(:\/\/)([^/?#\s"'<>]*)(?=@)/gi],
  [/([?&;](?:key|sig)=)([^\s&"';#<>]+)/gi],
  [
    /(?<![\w.-])([\w.-]+["']?=["']?)([^\s&"',;#<>]+)/g,
    name => soundsSecret(name.replace(/["'=]+$/, '')),
  ],
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?)([^\n"']+)/gi],
  [/\b(x-amz-(?:signature|credential|security-token)["']?\s*[:=]\s*["']?)([^\s&"',;]+)/gi],
  [/\b(bearer\s+)([\w.~+/-]{8,}=*)/gi],
]

function hideLookalikes(text: string, onSecret: (value: string) => void = () => {}): string {
  return LOOKALIKES.reduce(
    (clean, [pattern, secret = () => true]) =>
      clean.replace(pattern, (whole, before: string, value: string) => {
        if (!secret(before)) return whole
        onSecret(value)
        return before + HIDDEN
      }),
    text,
  )
}

/**
 * A function that hides the given values, as they are and as base64 or in a URL, and what looks like a credential.
 *
 * @param open words that are no secret wherever they stand, though a secret may be the same word
 */
export function redactor(
  secrets: readonly string[],
  open: ReadonlySet<string> = new Set(),
): Redact {
  const spellings = new Set<string>()
  const base64: RegExp[] = []
  const settings: RegExp[] = []
  for (const secret of secrets) {
    // A secret of several lines shows line by line.
    for (const value of [secret, ...secret.split(/\r?\n/)]) {
      if (value.trim() === '') continue
      if (value.trim().length < SHORTEST || open.has(value)) {
        settings.push(
          new RegExp(
            `(?<![\\w.-])([\\w.-]+)(["']?\\s*[:=]\\s*["']?)${literal(value)}(?![\\w-])`,
            'gi',
          ),
        )
        continue
      }
      spellings.add(value)
      spellings.add(encodeURIComponent(value))
      base64.push(
        new RegExp(
          `${literal(Buffer.from(value).toString('base64').replace(/=+$/, ''))}={0,2}`,
          'g',
        ),
      )
    }
  }
  // Longer ones first, so that a value that contains another leaves nothing behind.
  const ordered = [...spellings]
    .sort((a, b) => b.length - a.length)
    .map(value =>
      WORD.test(value) ? new RegExp(`(?<![\\w-])${literal(value)}(?![\\w-])`, 'g') : value,
    )
  return text => {
    let clean = text
    for (const value of [...ordered, ...base64]) clean = clean.replaceAll(value, HIDDEN)
    for (const setting of settings)
      clean = clean.replace(setting, (whole, name: string, between: string) =>
        soundsSecret(name) || /key$/i.test(name) ? name + between + HIDDEN : whole,
      )
    return hideLookalikes(clean)
  }
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/**
 * A redactor of every secret that a config, settings or an environment holds: by the name of its key, or as part of a URL or an
 * option. A word that stands openly in them, as the name of a bucket may, is hidden only where it is the value of a secret.
 */
export function redactorOf(...sources: readonly object[]): Redact {
  const secrets: string[] = []
  const open = new Set(['lakebench'])
  mapTexts(sources, (text, key) => {
    if (soundsSecret(key)) secrets.push(text)
    else {
      const rest = hideLookalikes(text, value =>
        secrets.push(value, ...value.split(':').map(decoded)),
      )
      for (const word of rest.split(/[^\w-]+/)) if (WORD.test(word)) open.add(word)
    }
    return text
  })
  return redactor(secrets, open)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A shell's own, which sound like passwords. */
const FOLDERS: ReadonlySet<string> = new Set(['PWD', 'OLDPWD'])

/** Picks the variables of an environment that sound secret. Of others than our own only the name is known: `TOKEN_CHECK=true` is none. */
export function secretVariables(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && value.length >= SHORTEST && soundsSecret(name) && !FOLDERS.has(name)
        ? [[name, value]]
        : [],
    ),
  )
}

/** A copy of a document of plain data without secrets; an empty one stays empty, so that "not set" can be told from "set". */
export function redactDocument<T>(document: T, redact: Redact): T {
  return mapTexts(document, (text, key) =>
    text === '' ? '' : soundsSecret(key) ? HIDDEN : redact(text),
  ) as T
}

/** Replace every text in lists and sections; `visit` gets the key that it stands under. */
function mapTexts(node: unknown, visit: (text: string, key: string) => string, key = ''): unknown {
  if (typeof node === 'string') return visit(node, key)
  if (Array.isArray(node)) return node.map(item => mapTexts(item, visit))
  if (typeof node !== 'object' || node === null || !isPlain(node)) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, mapTexts(value, visit, name)]),
  )
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
