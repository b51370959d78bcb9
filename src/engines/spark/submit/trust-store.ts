import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { readRegularFile } from '../../../shared/read-file'
import type { FoundJava } from './find-java'
import { answerOf, isFile } from './programs'

/** The password of Java's own store, which is no secret: it holds certificates only. */
export const PASSWORD = 'changeit'
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/**
 * Java options that make it trust the authorities of a PEM file beside those it trusts anyway: a copy of its trust store with
 * these added, in a folder of ours.
 *
 * @throws PrerequisiteError naming the file and what is wrong with it.
 */
export async function trustOptions(
  java: FoundJava,
  pemPath: string,
  folder: string,
): Promise<string[]> {
  const store = join(folder, 'trust-store')
  const own = join(java.home, 'lib', 'security', 'cacerts')
  if (isFile(own)) await copyFile(own, store)
  for (const [index, certificate] of (await certificates(pemPath)).entries()) {
    const path = join(folder, `authority-${index}.pem`)
    await writeFile(path, certificate)
    const alias = `lakebench-${index}`
    const place = ['-keystore', store, '-storepass', PASSWORD, '-alias', alias, '-file', path]
    const answer = await answerOf(
      join(java.home, 'bin', 'keytool'),
      ['-importcert', '-noprompt', ...place],
      process.env,
    )
    if (answer.problem !== null) {
      const said = `${answer.stdout}${answer.stderr}`.trim().split('\n').at(0)
      throw new PrerequisiteError(
        `Java cannot take certificate ${index + 1} of ${pemPath} (platform.storage.s3.ca_cert): ${said || answer.problem}. It must be a PEM file of X.509 certificates.`,
      )
    }
  }
  return [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${PASSWORD}`]
}

/**
 * The certificates of a PEM file.
 * @throws PrerequisiteError naming the file and what is wrong with it
 */
export async function certificates(path: string): Promise<string[]> {
  const text = await readRegularFile(path)
    .then(String)
    .catch((cause: unknown) => {
      throw new PrerequisiteError(
        `${path} (platform.storage.s3.ca_cert) cannot be read. Correct the path.`,
        { cause },
      )
    })
  const found = text.match(CERTIFICATE)
  if (found) return found
  throw new PrerequisiteError(`${path} (platform.storage.s3.ca_cert) holds no PEM certificate.`)
}
