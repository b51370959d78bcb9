import { readdirSync, readFileSync } from 'node:fs'

/** How long a group may take to end by itself after TERM, milliseconds. */
const TERM_MS = 800
const KILL_MS = 5_000
const LOOK_MS = 50

/**
 * Everything alive that a process spawned `detached` has started. Such a process leads a session, and the session is what
 * counts: Spark's Python workers leave the process group, but not the session. `null` where the system does not tell (no
 * `/proc`).
 */
export function sessionMembers(leader: number): number[] | null {
  let names: string[]
  try {
    names = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  } catch {
    return null
  }
  return names.length === 0 ? null : names.map(Number).filter(pid => sessionOf(pid) === leader)
}

function sessionOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name in parentheses: state, parent, group, session.
    const [state, , , session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return 'ZXx'.includes(state!) ? null : Number(session)
  } catch {
    return null
  }
}

/** End a session: TERM, not a second for what it still wants to do, KILL. Resolves when nothing of it runs any more. `leader` was spawned `detached`. */
export async function endSession(leader: number): Promise<void> {
  if (!signalSession(leader, 'SIGTERM')) return
  if (await isGone(leader, TERM_MS)) return
  signalSession(leader, 'SIGKILL')
  await isGone(leader, KILL_MS)
}

/** False when there was nobody to signal. */
export function signalSession(leader: number, signal: NodeJS.Signals): boolean {
  const members = sessionMembers(leader)
  if (members !== null) return members.map(pid => send(pid, signal)).some(Boolean)
  return send(-leader, signal)
}

async function isGone(leader: number, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds
  for (;;) {
    const members = sessionMembers(leader)
    if (members === null ? !send(-leader, 0) : members.length === 0) return true
    if (performance.now() > end) return false
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
