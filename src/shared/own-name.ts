import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { currentProcess, isProvenDead, type ProcessIdentity } from './process-identity'

/**
 * A name that nobody can guess, by which other processes can prove that the one that made it is gone. Of some 50 characters: a socket's
 * path has room for it.
 */
export const ownName = (): string => `${own()}.${randomBytes(8).toString('hex')}`

let ownText: string | undefined
function own(): string {
  ownText ??= textOf(currentProcess())
  return ownText
}

const textOf = ({ host, boot_id, pid_namespace, pid, start_ticks }: ProcessIdentity) =>
  [short(host), short(boot_id), short(pid_namespace), pid.toString(36), start_ticks ?? ''].join('.')

const short = (text: string | null) =>
  text === null ? '' : createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * Whether the process that made a name is proven dead; `null` where that cannot be told: it is another host's, or no such name.
 */
export function isAbandoned(name: string): boolean | null {
  const found = /^([0-9a-f]*)\.([0-9a-f]*)\.([0-9a-f]*)\.([0-9a-z]+)\.(\d*)\.[0-9a-f]+$/.exec(name)
  if (!found) return null
  const [, host, boot, namespace, pid, ticks] = found
  const here = currentProcess()
  if (host !== short(hostname())) return null
  const known = (text: string | null, digest: string) =>
    digest === '' ? null : digest === short(text) ? text : digest
  return isProvenDead({
    host: here.host,
    boot_id: known(here.boot_id, boot!),
    pid_namespace: known(here.pid_namespace, namespace!),
    pid: Number.parseInt(pid!, 36),
    start_ticks: ticks || null,
  })
}
