import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The built command; `npm test` builds it first. */
export const MAIN = resolve(import.meta.dirname, '../../dist/cli/main.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when this text has been written to stderr. */
  says(text: string): Promise<void>
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Start the command as a process of its own, as a shell would. */
export function start(args: readonly string[], { cwd, env = {} }: ProcessOptions): Started {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not built. Run \`npm run build\` first.`)
  const { FORCE_COLOR: _, ...inherited } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }))
  })
  const says = (text: string) =>
    new Promise<void>((done, failed) => {
      const look = () => {
        if (stderr.includes(text)) done()
      }
      child.stderr.on('data', look)
      child.on('close', () =>
        failed(new Error(`It ended without saying ${JSON.stringify(text)}:\n${stderr}`)),
      )
      look()
    })
  return { child, ended, says }
}

export const lakebench = (args: readonly string[], options: ProcessOptions): Promise<Ended> =>
  start(args, options).ended

/** Processes with this `LAKEBENCH_TEST` in their environment: whatever a command started, and what that did. */
export function startedBy(tag: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`LAKEBENCH_TEST=${tag}`)
    } catch {
      return false
    }
  })
}
