import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

export interface Answer {
  readonly stdout: string
  readonly stderr: string
  /** The reason of a failure in a few words; `null` where it ended with 0. */
  readonly problem: string | null
}

/** Runs a small program for what it prints within half a minute. Never rejects. Runs in `/`, where no file of the user's leads it astray. */
export function answerOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Answer> {
  return new Promise(resolve => {
    execFile(
      program,
      args,
      { cwd: '/', env, timeout: 30_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, problem: error === null ? null : reason(error) })
      },
    )
  })
}

function reason(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.killed) return 'no answer within 30 seconds'
  return typeof error.code === 'number'
    ? `exit code ${error.code}`
    : String(error.code ?? error.message)
}

/** Absolute path of a program: as given when it has a slash, else the first on PATH. */
export function programOnPath(name: string, env: NodeJS.ProcessEnv): string | null {
  if (name.includes('/')) return isExecutable(resolve(name)) ? resolve(name) : null
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => resolve(folder, name)).find(isExecutable) ?? null
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
