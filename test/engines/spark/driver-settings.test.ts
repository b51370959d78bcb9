import { expect, onTestFinished, test, vi } from 'vitest'
import {
  driverEnvironment,
  driverProperties,
  propertiesText,
} from '../../../src/engines/spark/submit/driver-settings'
import { tempDir } from '../../support/fake-parts'
import { foundSpark } from './fake-spark'

const folders = { scratch: '/scratch of it/spark-1', output: '/run' }

test('given settings win, Java options are added to', () => {
  const properties = driverProperties(
    {
      'spark.ui.enabled': 'true',
      'spark.x': 'y',
      'spark.driver.extraJavaOptions': '-Duser.timezone=UTC',
    },
    folders,
  )
  expect(properties).toMatchObject({
    'spark.ui.enabled': 'true',
    'spark.x': 'y',
    'spark.driver.bindAddress': '127.0.0.1',
  })
  const options = properties['spark.driver.extraJavaOptions']!
  expect(options).toContain('"-Djava.io.tmpdir=/scratch of it/spark-1/tmp"')
  expect(options).toContain('-XX:+ExitOnOutOfMemoryError')
  expect(options).toMatch(/ -Duser\.timezone=UTC$/)
})

test('a properties file keeps every character', () => {
  expect(propertiesText({ 'a b': 'C:\\x =#!', ü: 'line\nnext\té 😀' })).toBe(
    'a\\ b=C\\:\\\\x\\ \\=\\#\\!\n\\u00fc=line\\nnext\\t\\u00e9\\ \\ud83d\\ude00\n',
  )
})

test('the environment leads to the Spark that was found, and keeps the secrets of lakebench', () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  const astray = {
    LAKEBENCH_S3_SECRET_KEY: 'canary',
    PYSPARK_GATEWAY_PORT: '1',
    PYSPARK_DRIVER_PYTHON_OPTS: 'notebook',
    SPARK_REMOTE: 'sc://elsewhere',
    SPARK_EXECUTOR_DIRS: '/elsewhere',
  }
  for (const [name, value] of Object.entries(astray)) vi.stubEnv(name, value)
  vi.stubEnv('HTTPS_PROXY', 'http://proxy')
  vi.stubEnv('PYTHONPATH', '/mine')
  vi.stubEnv('SPARK_LOCAL_DIRS', '/somewhere')
  const spark = foundSpark(tempDir())
  const parts = {
    spark,
    jobsFolder: '/jobs',
    conf: {},
    env: { AWS_REGION: 'here', SPARK_HOME: '/not/this' },
  }
  const env = driverEnvironment(parts, folders, { path: '/scratch/control.sock' })
  expect(env).toMatchObject({
    HTTPS_PROXY: 'http://proxy',
    AWS_REGION: 'here',
    SPARK_HOME: spark.home,
    JAVA_HOME: '/java',
    PYSPARK_PYTHON: 'python3',
    PYSPARK_DRIVER_PYTHON: 'python3',
    PYTHONPATH: '/jobs:/mine',
    SPARK_LOCAL_DIRS: '/scratch of it/spark-1/local',
    LAKEBENCH_CONTROL_SOCKET: '/scratch/control.sock',
  })
  for (const name of Object.keys(astray)) expect(env).not.toHaveProperty(name)
  expect(env.PATH).toMatch(/^\/java\/bin:/)
})

test('a spark.local.dir of the settings is where Spark spills', () => {
  const conf = { 'spark.local.dir': '/large/disk' }
  const parts = { spark: foundSpark(tempDir()), jobsFolder: '/jobs', conf, env: {} }
  expect(driverEnvironment(parts, folders, { path: '/scratch/control.sock' })).toMatchObject({
    SPARK_LOCAL_DIRS: '/large/disk',
  })
  expect(driverProperties(conf, folders)).not.toHaveProperty(['spark.local.dir'])
})
