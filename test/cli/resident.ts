import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { type Ended, MAIN, type ProcessOptions } from './process'

let child: ChildProcess | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * A command of the built package in a process that stays, one after the other: for what a command says and leaves. Signals, pipes, secrets and what Node is started with need a process of their own (`./process`).
 */
export function lakebench(args: readonly string[], options: ProcessOptions): Promise<Ended> {
  const ended = last.then(() => carryOut(args, options))
  last = ended.catch(() => {})
  return ended
}

function carryOut(args: readonly string[], { cwd, env = {} }: ProcessOptions): Promise<Ended> {
  child ??= startResident()
  const process = child
  return new Promise((done, failed) => {
    const died = () => failed(new Error(`The process ended in \`lakebench ${args.join(' ')}\`.`))
    process.once('exit', died)
    process.once('message', message => {
      process.off('exit', died)
      done(message as Ended)
    })
    process.send({ args, cwd, env })
  })
}

function startResident(): ChildProcess {
  const { FORCE_COLOR: _, ...inherited } = process.env
  const started = fork(join(import.meta.dirname, 'resident-process.mjs'), [MAIN], {
    env: { ...inherited, NO_COLOR: '1' },
    execArgv: [],
  })
  // It ends with this process, and keeps it from ending no longer than a command takes.
  started.unref()
  started.channel?.unref()
  return started
}
