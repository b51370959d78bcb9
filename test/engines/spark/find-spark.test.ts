import { copyFileSync, mkdtempSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { findSpark } from '../../../src/engines/spark/submit/find-spark'
import { tempDir } from '../../support/fake-parts'
import { javaHome, program, put, sparkHome } from './fake-spark'

const root = tempDir()
const dir = () => mkdtempSync(join(root, 'case-'))

/** An environment that knows nothing of this machine but its shell. */
function bare(folder: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PATH: `${join(folder, 'bin')}:/nowhere`,
    JAVA_HOME: javaHome(join(folder, 'java'), '17.0.15'),
    ...extra,
  }
}

/** A Python that answers as one with a pyspark in `home`. */
function python(path: string, home: string | null): string {
  return program(path, `echo '${JSON.stringify({ python: path, home })}'`)
}

test('the configured folder comes first, versions are read from its jars', async () => {
  const folder = dir()
  const configured = sparkHome(join(folder, 'spark-3.5'), {
    version: '3.5.9',
    scala: '2.12',
    hadoop: '3.3.4',
  })
  const env = bare(folder, { SPARK_HOME: sparkHome(join(folder, 'other')) })
  python(join(folder, 'bin/python3'), null)
  expect(await findSpark({ home: configured, env })).toEqual({
    submit: join(configured, 'bin/spark-submit'),
    home: configured,
    version: '3.5.9',
    scala: '2.12',
    hadoop: '3.3.4',
    python: join(folder, 'bin/python3'),
    java: { home: join(folder, 'java'), version: 17 },
  })
})

test('then SPARK_HOME', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'given'))
  sparkHome(join(folder, 'on-path'))
  symlinkSync(join(folder, 'on-path/bin'), join(folder, 'bin'))
  const env = bare(folder, { SPARK_HOME: home, PYSPARK_PYTHON: program(join(folder, 'py'), '') })
  expect(await findSpark({ home: '', env })).toMatchObject({ home, python: join(folder, 'py') })
})

test('then spark-submit on PATH, through links', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'opt/spark-4.1.4'))
  python(join(folder, 'bin/python3'), join(folder, 'another'))
  symlinkSync(join(home, 'bin/spark-submit'), join(folder, 'bin/spark-submit'))
  expect(await findSpark({ home: '', env: bare(folder) })).toMatchObject({ home, version: '4.1.4' })
})

test('the spark-submit that pip copies beside its Python leads to that Python and its pyspark', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'lib/site-packages/pyspark'))
  const beside = python(join(folder, 'bin/python3'), home)
  copyFileSync(join(home, 'bin/spark-submit'), join(folder, 'bin/spark-submit'))
  const env = bare(folder, { PYSPARK_PYTHON: '/no/such/python' })
  expect(await findSpark({ home: '', env })).toMatchObject({ home, python: beside })
})

test('then the pyspark of the Python that PYSPARK_PYTHON or python3 names', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'site packages/pyspark'))
  const named = python(join(folder, 'named'), home)
  const env = bare(folder, { PYSPARK_PYTHON: named })
  expect(await findSpark({ home: '', env })).toMatchObject({ home, python: named })
  const plain = python(join(folder, 'bin/python3'), home)
  expect(await findSpark({ home: '', env: bare(folder) })).toMatchObject({ home, python: plain })
})

test('a place that was named but is no Spark is an error that names it', async () => {
  const folder = dir()
  const wrong = join(folder, 'wrong')
  const good = sparkHome(join(folder, 'good'))
  const configured = findSpark({ home: wrong, env: bare(folder, { SPARK_HOME: good }) })
  await expect(configured).rejects.toThrow(PrerequisiteError)
  await expect(configured).rejects.toThrow(`platform.compute.spark.home is ${wrong}`)
  const byVariable = findSpark({ home: '', env: bare(folder, { SPARK_HOME: wrong }) })
  await expect(byVariable).rejects.toThrow(`SPARK_HOME is ${wrong}, but that folder is no Spark`)
})

test('where there is none, the error says what was looked for and how to get it', async () => {
  const folder = dir()
  const nothing = findSpark({ home: '', env: bare(folder) })
  await expect(nothing).rejects.toThrow(
    'python3 is not on PATH. Install one with `pip install pyspark==4.1.4`',
  )
  const with3 = python(join(folder, 'bin/python3'), null)
  await expect(findSpark({ home: '', env: bare(folder) })).rejects.toThrow(
    `${with3} has no pyspark`,
  )
  const client = put(join(folder, 'client/pyspark/__init__.py'))
  python(join(folder, 'bin/python3'), join(client, '..'))
  await expect(findSpark({ home: '', env: bare(folder) })).rejects.toThrow(
    "a client without Spark's own jars",
  )
  const broken = program(join(folder, 'bin/python3'), 'exit 3')
  await expect(findSpark({ home: '', env: bare(folder) })).rejects.toThrow(
    `${broken} does not run (exit code 3)`,
  )
})

test('a Spark without Hadoop and a machine without Python are refused', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'spark'), { hadoop: null })
  await expect(findSpark({ home, env: bare(folder) })).rejects.toThrow('has no Hadoop client')
  put(join(home, 'jars/hadoop-common-3.3.4.jar'))
  await expect(findSpark({ home, env: bare(folder) })).rejects.toThrow(
    'its jobs are Python programs',
  )
})

test.each([
  ['4.1.4', '11.0.22', 'Spark 4.1.4 needs Java 17 or later'],
  ['3.5.9', '21.0.2', 'Spark 3.5.9 needs Java 8, 11 or 17'],
])('Spark %s does not take Java %s', async (version, java, message) => {
  const folder = dir()
  const home = sparkHome(join(folder, 'spark'), { version })
  const env = { PATH: '/nowhere', JAVA_HOME: javaHome(join(folder, 'jdk'), java) }
  const found = findSpark({ home, env })
  await expect(found).rejects.toThrow(message)
  await expect(found).rejects.toThrow(
    `JAVA_HOME (${join(folder, 'jdk/bin/java')}) is Java ${java.split('.')[0]}`,
  )
  await expect(found).rejects.toThrow('PATH has none')
})

test('a JAVA_HOME that does not fit gives way to a Java on PATH that does', async () => {
  const folder = dir()
  const home = sparkHome(join(folder, 'spark'), { version: '3.5.9' })
  javaHome(join(folder, 'old'), '1.8.0_402')
  python(join(folder, 'old/bin/python3'), null)
  const env = { PATH: join(folder, 'old/bin'), JAVA_HOME: javaHome(join(folder, 'new'), '25.0.1') }
  expect((await findSpark({ home, env })).java).toEqual({ home: join(folder, 'old'), version: 8 })
})
