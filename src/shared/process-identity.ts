import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Which process, so exactly that a later process with the same number is not mistaken for it. `null` where the operating
 * system does not tell (no `/proc`).
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process (`/proc/<pid>/stat`, field 22). */
  readonly start_ticks: string | null
  readonly boot_id: string | null
  /** The namespace in which `pid` counts; containers have their own. */
  readonly pid_namespace: string | null
  readonly host: string
}

export function currentProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    start_ticks: processState(process.pid)?.startTicks ?? null,
    boot_id: bootId(),
    pid_namespace: pidNamespace(),
    host: hostname(),
  }
}

/**
 * Whether the process is proven to be gone: same host and either an earlier boot, no such process, or the number in use by
 * a later process. What cannot be proven counts as alive, and so does a stopped process.
 */
export function isProvenDead(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return false
  const boot = bootId()
  if (identity.boot_id !== null && boot !== null && identity.boot_id !== boot) return true
  if (identity.pid_namespace !== pidNamespace()) return false
  const state = processState(identity.pid)
  if (state === null) return !respondsToSignal(identity.pid)
  if (state.gone) return true
  return identity.start_ticks !== null && state.startTicks !== identity.start_ticks
}

function processState(pid: number): { gone: boolean; startTicks: string } | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  // The command's name, field 2, is in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { gone: 'ZXx'.includes(fields[0] ?? ''), startTicks: fields[19] ?? '' }
}

/** Without `/proc` a signal tells; EPERM means that it lives under another user. */
function respondsToSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const bootId = () => readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
