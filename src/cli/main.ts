#!/usr/bin/env node
import { CommanderError } from 'commander'
import { explainOpenFiles, requireOpenFiles } from '../shared/open-files'
import { EXIT_CODES, exitCodeOfError } from './exit-codes'
import { outputTaken, printError, printJson, tolerateFailingOutput } from './output'
import { buildProgram } from './program'

tolerateFailingOutput()
const json = process.argv.includes('--json')

try {
  requireOpenFiles()
  await buildProgram(code => {
    process.exitCode = code
  }).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message or the help already.
    const asked = error.exitCode === 0
    process.exitCode = asked ? EXIT_CODES.ok : EXIT_CODES.usage
    if (json && !asked)
      printJson({ error: { code: 'USAGE', message: error.message.replace(/^error: /, '') } })
  } else {
    const told = explainOpenFiles(error) ?? error
    printError(told, { json })
    process.exitCode = exitCodeOfError(told)
  }
}

// Whatever a command has left under way, e.g. a request that an interrupt did not wait for, ends with it.
await outputTaken()
process.exit()
