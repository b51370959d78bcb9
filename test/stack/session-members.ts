import { readdirSync, readFileSync } from 'node:fs'

/** Everything alive in the session that a process spawned `detached` leads: Spark's Python workers too, which leave its process group. */
export const sessionMembers = (leader: number): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => sessionOf(pid) === leader)

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
