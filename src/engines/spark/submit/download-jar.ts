import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import pRetry, { AbortError } from 'p-retry'
import { PrerequisiteError } from '../../../contracts/errors'
import { bodyOf, limitBody, readBody } from '../../../shared/http-body'
import { type Coordinates, jarName } from './coordinates'

/** Without a byte for so long a download is dead, milliseconds. */
const IDLE_MS = 30_000
const RETRIES = 2
const LONGEST_CHECKSUM = 4096
/** The AWS SDK's bundle, the largest jar that is needed, has half a gigabyte. */
const LONGEST_JAR = 4 * 2 ** 30

const NEXT =
  'Correct platform.compute.spark.packages, set MAVEN_REPOSITORY to a repository that has it, or put the jar into a folder and name that in platform.compute.spark.jars.'

/** Loads a jar from a Maven repository and checks it against its published SHA-1. Tries three times where that may help. */
export async function downloadJar(
  repository: string,
  coordinates: Coordinates,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const { group, artifact, version } = coordinates
  const { base, headers } = splitCredentials(repository, coordinates)
  const url = `${base}/${group.replaceAll('.', '/')}/${artifact}/${version}/${jarName(coordinates)}`
  const attempt = async () => {
    const published = await checksumAt(`${url}.sha1`, headers, signal)
    const actual = await load(url, headers, file, signal)
    if (actual !== published) {
      throw new Error(
        `what arrived does not match its checksum (SHA-1 ${actual}, should be ${published})`,
      )
    }
  }
  try {
    await pRetry(attempt, { retries: RETRIES, minTimeout: 500, signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new PrerequisiteError(
      `Could not fetch ${group}:${artifact}:${version} from ${url}: ${reason(cause)}. ${NEXT}`,
      { cause },
    )
  }
}

/** User and password of a URL as a header: they must not show in a message. */
function splitCredentials(
  repository: string,
  { artifact }: Coordinates,
): { base: string; headers: HeadersInit } {
  if (!URL.canParse(repository) || !/^https?:/.test(repository)) {
    throw new PrerequisiteError(
      `MAVEN_REPOSITORY is no http or https address, so ${artifact} cannot be fetched. Correct or unset it.`,
    )
  }
  const url = new URL(repository)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const headers: HeadersInit =
    credentials === ':'
      ? {}
      : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  url.username = ''
  url.password = ''
  url.search = ''
  return { base: url.href.replace(/\/+$/, ''), headers }
}

async function checksumAt(url: string, headers: HeadersInit, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(IDLE_MS)])
  const response = await fetch(url, { headers, signal: limit })
  if (!response.ok) await response.body?.cancel()
  expectOk(response)
  const text = (await readBody(bodyOf(response), LONGEST_CHECKSUM)).toString('utf8')
  // Some repositories put the name of the file behind it.
  const sum = /^\s*([0-9a-f]{40})\b/i.exec(text)?.[1]
  if (sum === undefined) throw new AbortError('its .sha1 is no checksum')
  return sum.toLowerCase()
}

/** SHA-1 of what was written. */
async function load(
  url: string,
  headers: HeadersInit,
  file: string,
  signal: AbortSignal,
): Promise<string> {
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(new Error(`no byte for ${IDLE_MS / 1000} s`)), IDLE_MS)
  const hash = createHash('sha1')
  const output = await open(file, 'w')
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any([signal, idle.signal]) })
    if (!response.ok) await response.body?.cancel()
    expectOk(response)
    for await (const chunk of limitBody(bodyOf(response), LONGEST_JAR)) {
      timer.refresh()
      hash.update(chunk)
      await output.writeFile(chunk)
    }
    await output.sync()
    return hash.digest('hex')
  } finally {
    clearTimeout(timer)
    await output.close()
  }
}

/** 404 and the like will be the same the next time. */
function expectOk({ ok, status }: Response): void {
  if (ok) return
  const error = new Error(`the server answers ${status}`)
  throw status === 429 || status >= 500 ? error : new AbortError(error)
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error
    ? `${message} (${(cause as NodeJS.ErrnoException).code ?? cause.message})`
    : message
}
