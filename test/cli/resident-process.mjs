// Carries out one command after the other: the built command as it is, from its file, without a start of Node for each.
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'

const main = process.argv[2]
let commands = 0

/** Puts a stream that keeps what is written in the place of `process.stdout` or `process.stderr`. */
function kept(name) {
  const pieces = []
  const write = (piece, _, taken) => {
    pieces.push(piece)
    taken()
  }
  Object.defineProperty(process, name, { value: new Writable({ write }), configurable: true })
  return () => Buffer.concat(pieces).toString()
}

const { exit: end } = process
process.on('disconnect', () => end())
process.on('message', async ({ args, cwd, env }) => {
  const before = Object.keys(env).map(key => [key, process.env[key]])
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.argv = [process.execPath, main, ...args]
  process.exitCode = undefined
  const [stdout, stderr] = [kept('stdout'), kept('stderr')]
  const exit = new Promise((exited, failed) => {
    process.exit = code => exited(code ?? process.exitCode ?? 0)
    // Its first file anew, as a process would; what that imports is there already.
    import(`${pathToFileURL(main).href}?${commands++}`).catch(failed)
  })
  const code = await exit
  for (const [key, value] of before) {
    if (value === undefined) delete process.env[key]
    else process.env[key] = value
  }
  process.send({ code, signal: null, stdout: stdout(), stderr: stderr() })
})
