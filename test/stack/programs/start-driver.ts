/**
 * Starts a driver with the options argv[2] (JSON), prints its pid, and has it carry out the job argv[3] with the URI argv[4]. A
 * process of its own, for tests that kill it.
 */

import { LocalDriver } from '../../../src/engines/spark/submit/local-driver'

const [, , options, module, job] = process.argv
const { signal } = new AbortController()
const driver = await LocalDriver.start({ ...JSON.parse(options!), signal })
process.stdout.write(`${driver.pid}\n`)
await driver.run({ module: module!, job: job! }, { signal })
