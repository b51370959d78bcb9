import { accessSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { untilAborted } from '../../../shared/abort'
import { MIB } from '../../../shared/format'
import { type Redact, redactorOf, secretVariables } from '../../../shared/redaction'
import { makeScratchFolder } from '../../../shared/scratch-folder'
import { ControlChannel, type DriverHello } from './control-channel'
import { driverEnded, driverNotReady } from './driver-failure'
import { DriverProcess } from './driver-process'
import {
  type DriverFolders,
  driverEnvironment,
  driverProperties,
  LOG_CONFIG,
  logConfigFile,
  propertiesText,
} from './driver-settings'
import type { FoundSpark } from './find-spark'
import { trustOptions } from './trust-store'

export type DriverState = 'starting' | 'ready' | 'stopped' | 'failed'

export interface LocalDriverOptions {
  readonly spark: FoundSpark
  /** Absolute paths; they go before Spark's own on the class path, in this order. */
  readonly jars: readonly string[]
  /** Folder of driver.py and of the modules that jobs name. */
  readonly jobsFolder: string
  /** Spark properties over the defaults. May hold secrets: they go by a file that only this user can read. */
  readonly conf: Readonly<Record<string, string>>
  /** Added to the environment. May hold secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Settings whose secrets must not show in the log or in an error, besides those of `conf` and `env`. */
  readonly secrets?: readonly object[] | undefined
  /** PEM file of authorities to trust beside Java's own; empty or left out: none. */
  readonly caCert?: string | undefined
  readonly cores: number
  /** Heap, bytes. */
  readonly memory: number
  /** `driver.log` goes there. */
  readonly outputFolder: string
  /** Spark spills to a new folder below it, which is removed at the end. */
  readonly scratchFolder: string
  /** Ends starting only; each job has its own. */
  readonly signal: AbortSignal
  readonly onState?: ((state: DriverState, detail: string | null) => void) | undefined
  /** Seconds that the driver may take to say hello. */
  readonly startSeconds?: number | undefined
}

/** A driver that said hello, and all that belongs to it. */
export interface StartedDriver {
  readonly hello: DriverHello
  readonly process: DriverProcess
  readonly channel: ControlChannel
  readonly folders: DriverFolders
  readonly redact: Redact
}

/** Start spark-submit and wait for its hello. Where that fails nothing keeps running. */
export async function startDriver(options: LocalDriverOptions): Promise<StartedDriver> {
  const { secrets = [], conf, env: given, signal, startSeconds = 120 } = options
  signal.throwIfAborted()
  checkFiles(options)
  const redact = redactorOf(...secrets, conf, given, secretVariables(process.env))
  const folders = await makeFolders(options)
  const channel = await ControlChannel.listen()
  const late = AbortSignal.timeout(startSeconds * 1000)
  let child: DriverProcess | null = null
  try {
    const command = await writeSettings(options, folders)
    const env = driverEnvironment(options, folders, channel)
    const log = join(folders.output, 'driver.log')
    child = new DriverProcess({ command, env, folder: folders.scratch, log, redact })
    options.onState?.('starting', `Spark ${options.spark.version}, local[${options.cores}]`)
    const answer = Promise.race([channel.hello, child.exited])
    const hello = await untilAborted(answer, AbortSignal.any([signal, late]), 0)
    if (!('spark' in hello)) throw driverEnded('before it was ready', hello, child.log)
    // Spark has read its settings; the file that may hold secrets is not needed any more.
    await rm(propertiesFile(folders), { force: true })
    return { hello, process: child, channel, folders, redact }
  } catch (error) {
    channel.close()
    await child?.end()
    await removeScratch(folders)
    throw child && error === late.reason ? driverNotReady(startSeconds, child.log) : error
  }
}

export const removeScratch = ({ scratch }: DriverFolders): Promise<void> =>
  rm(scratch, { recursive: true, force: true, maxRetries: 3 })

const propertiesFile = ({ scratch }: DriverFolders): string => join(scratch, 'spark.properties')

function checkFiles({ jars, jobsFolder }: LocalDriverOptions): void {
  for (const path of [join(jobsFolder, 'driver.py'), ...jars]) {
    try {
      accessSync(path)
    } catch (cause) {
      const remedy = path.endsWith('.jar')
        ? 'Restore it, or correct platform.compute.spark.jars.'
        : 'It is part of lakebench: install the package again.'
      throw new PrerequisiteError(
        `Spark needs ${path}, which is missing or unreadable. ${remedy}`,
        { cause },
      )
    }
  }
}

async function makeFolders(options: LocalDriverOptions): Promise<DriverFolders> {
  const output = resolve(options.outputFolder)
  await mkdir(output, { recursive: true })
  await mkdir(options.scratchFolder, { recursive: true })
  const scratch = makeScratchFolder(resolve(options.scratchFolder), 'lakebench-spark-')
  for (const name of ['local', 'tmp', 'derby']) await mkdir(join(scratch, name))
  return { scratch, output }
}

/** Writes what spark-submit reads and returns its command. */
async function writeSettings(
  options: LocalDriverOptions,
  folders: DriverFolders,
): Promise<string[]> {
  const { spark, conf, cores, memory, caCert } = options
  const trust = caCert ? await trustOptions(spark.java, resolve(caCert), folders.scratch) : []
  const properties = propertiesText(driverProperties(conf, folders, trust))
  await writeFile(propertiesFile(folders), properties, { mode: 0o600, flag: 'wx' })
  await writeFile(logConfigFile(folders), LOG_CONFIG, { flag: 'wx' })
  const classPath = [...options.jars, conf['spark.driver.extraClassPath']]
    .filter(Boolean)
    .join(delimiter)
  return [
    spark.submit,
    ...['--master', `local[${cores}]`],
    ...['--driver-memory', `${Math.floor(memory / MIB)}m`],
    ...['--name', 'lakebench'],
    ...['--properties-file', propertiesFile(folders)],
    // Not --jars: in this one process a class path will do, and --jars would copy half a gigabyte first.
    ...(classPath === '' ? [] : ['--driver-class-path', classPath]),
    join(resolve(options.jobsFolder), 'driver.py'),
  ]
}
