import { delimiter, join, resolve } from 'node:path'
import type { FoundSpark } from './find-spark'

/** Folders of what the driver writes for itself. Absolute paths. */
export interface DriverFolders {
  /** Removed at the end. */
  readonly scratch: string
  /** The run's own folder. */
  readonly output: string
}

export const logConfigFile = ({ scratch }: DriverFolders): string =>
  join(scratch, 'log4j2.properties')

/** Warnings and errors, one readable line each. */
export const LOG_CONFIG = `rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig
logger.metrics.level = error
logger.plans.name = org.apache.spark.sql.catalyst.util.SparkStringUtils
logger.plans.level = error
logger.hint.name = org.apache.iceberg.hadoop.HadoopTableOperations
logger.hint.level = error
logger.checkpoint.name = org.apache.spark.sql.execution.streaming.checkpointing.CheckpointFileManager
logger.checkpoint.level = error
logger.checkpoint4.name = org.apache.spark.sql.execution.streaming.CheckpointFileManager
logger.checkpoint4.level = error
`

/** The given settings over ours; Java options and class path are added to, since ours must stay. */
export function driverProperties(
  conf: Readonly<Record<string, string>>,
  folders: DriverFolders,
  moreJavaOptions: readonly string[] = [],
): Record<string, string> {
  const { scratch, output } = folders
  const javaOptions = [
    `-Djava.io.tmpdir=${join(scratch, 'tmp')}`,
    `-Dderby.system.home=${join(scratch, 'derby')}`,
    `-Dlog4j2.configurationFile=file:${logConfigFile(folders)}`,
    `-XX:ErrorFile=${join(output, 'hs_err_pid%p.log')}`,
    // After this error Java may hang instead of ending; nobody would know why.
    '-XX:+ExitOnOutOfMemoryError',
    ...moreJavaOptions,
  ].map(quoteOption)
  const ours = {
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.port.maxRetries': '64',
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.sql.warehouse.dir': `file:${join(scratch, 'warehouse')}`,
    'spark.hadoop.hadoop.tmp.dir': join(scratch, 'tmp'),
    'spark.redaction.regex': '(?i)secret|password|token|access[.]?key|credential|session',
  }
  // The environment says where; as a property it makes Spark warn that the environment may say otherwise.
  const { 'spark.local.dir': _, 'spark.driver.extraJavaOptions': given, ...rest } = conf
  return {
    ...ours,
    ...rest,
    'spark.driver.extraJavaOptions': [...javaOptions, ...(given ? [given] : [])].join(' '),
  }
}

const quoteOption = (option: string) =>
  /[\s"'\\]/.test(option) ? `"${option.replace(/[\\"]/g, character => `\\${character}`)}"` : option

/** Writes properties as Java reads them from a file; characters beyond ASCII as escapes, so that no encoding is guessed. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${escaped(key)}=${escaped(value)}\n`)
    .join('')
}

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
}

const escaped = (text: string) =>
  text.replace(
    /[\\=:#! \n\r\t\f]|[^\x20-\x7e]/g,
    character =>
      NAMED[character] ??
      (character >= ' ' && character <= '~'
        ? `\\${character}`
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )

/**
 * Variables that would make spark-submit another program than the one that was found (a notebook, a Connect client, a session
 * of the pyspark that lakebench was called from) or put its files elsewhere, and secrets of lakebench itself.
 */
const NOT_INHERITED =
  /^(LAKEBENCH_|PYSPARK_|SPARK_(REMOTE|CONNECT|TESTING|SQL_TESTING|PREPEND|DAEMON|LAUNCHER|EXECUTOR_DIRS)|MASTER$)/

/** The environment of a spark-submit: this process's own without what leads it astray. */
export const submitEnvironment = ({ home, java }: FoundSpark): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name))),
  SPARK_HOME: home,
  JAVA_HOME: java.home,
})

export interface EnvironmentParts {
  readonly spark: FoundSpark
  readonly jobsFolder: string
  readonly conf: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
}

/** The environment of spark-submit: this process's own without what leads astray, then the given, then ours. */
export function driverEnvironment(
  { spark, jobsFolder, conf, env }: EnvironmentParts,
  { scratch }: DriverFolders,
  control: { readonly path: string },
): NodeJS.ProcessEnv {
  return {
    ...submitEnvironment(spark),
    ...env,
    PATH: withFirst(join(spark.java.home, 'bin'), env.PATH ?? process.env.PATH),
    SPARK_HOME: spark.home,
    JAVA_HOME: spark.java.home,
    PYSPARK_PYTHON: spark.python,
    PYSPARK_DRIVER_PYTHON: spark.python,
    // Python workers have to find the modules whose functions they are sent.
    PYTHONPATH: withFirst(resolve(jobsFolder), env.PYTHONPATH ?? process.env.PYTHONPATH),
    PYTHONUNBUFFERED: '1',
    // The jobs lie in an installed package, which may be read-only.
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
    SPARK_LOCAL_IP: '127.0.0.1',
    SPARK_LOCAL_DIRS: conf['spark.local.dir'] ?? join(scratch, 'local'),
    LAKEBENCH_CONTROL_SOCKET: control.path,
  }
}

const withFirst = (first: string, paths: string | undefined): string =>
  [first, paths].filter(Boolean).join(delimiter)
