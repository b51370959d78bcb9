import { expect, test } from 'vitest'
import type { DriverError } from '../../../src/engines/spark/submit/control-channel'
import { diagnose, innermostCause } from '../../../src/engines/spark/submit/diagnose'
import {
  driverEnded,
  driverNotReady,
  jobFailed,
} from '../../../src/engines/spark/submit/driver-failure'

const ended = (
  lines: readonly string[],
  exitCode: number | null = 1,
  signal: string | null = null,
) => diagnose({ exitCode, signal, lines })

/** A Java error as the driver tells it: the outermost exception first, each with a frame. */
function javaError(...chain: string[]): DriverError {
  const stack = chain
    .map((text, i) => `${i ? 'Caused by: ' : ''}${text}\n\tat some.Class.method(Class.java:1)`)
    .join('\n')
  return {
    type: 'Py4JJavaError',
    message: chain[0]!.replace(/^[\w.$]+: /, ''),
    java_class: chain.at(-1)!.split(':')[0]!,
    stack,
  }
}
const failed = (...chain: string[]) =>
  diagnose({ exitCode: null, signal: null, lines: [], error: javaError(...chain) })

/** Lines as Spark, Java, Hadoop and the AWS SDK write them, and a word of the remedy. */
const KNOWN: readonly [string, string][] = [
  [
    'org.apache.iceberg.exceptions.NotFoundException: Location does not exist: s3://b/t/metadata/00020-b7d3.metadata.json',
    'drop the table from the catalog',
  ],
  ['java.io.IOException: No space left on device', 'spark.local.dir'],
  ['java.io.IOException: Disk quota exceeded', 'quota'],
  [
    'java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory',
    'ulimit -u',
  ],
  ['java.lang.OutOfMemoryError: Metaspace', 'MaxMetaspaceSize'],
  ['java.lang.OutOfMemoryError: Java heap space', 'driver_memory'],
  ['java.lang.OutOfMemoryError: GC overhead limit exceeded', 'driver_memory'],
  ['Terminating due to java.lang.OutOfMemoryError: Java heap space', 'driver_memory'],
  [
    'org.apache.spark.SparkException: Not enough memory to build and broadcast the table to all worker nodes.',
    'driver_memory',
  ],
  [
    'ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container killed',
    'driver_memory',
  ],
  [
    'Total size of serialized results of 2 tasks (1 GiB) is bigger than spark.driver.maxResultSize (1 GiB)',
    'maxResultSize',
  ],
  ['java.nio.file.FileSystemException: /x: Too many open files', 'ulimit -n'],
  [
    'java.lang.UnsupportedClassVersionError: Foo has been compiled by a more recent version of Java',
    'JAVA_HOME',
  ],
  ['java.lang.UnsupportedOperationException: getSubject is not supported', 'JAVA_HOME'],
  [
    'Error occurred during initialization of VM: Could not reserve enough space for object heap',
    'lower',
  ],
  [
    'org.apache.spark.SparkClassNotFoundException: Failed to find the data source: iceberg.',
    'Iceberg jar',
  ],
  [
    'Cannot find catalog plugin class for catalog lake: org.apache.iceberg.spark.SparkCatalog.',
    'Iceberg jar',
  ],
  ['java.lang.ClassNotFoundException: iceberg.DefaultSource', 'Iceberg jar'],
  [
    'java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found',
    'hadoop-aws',
  ],
  [
    'java.lang.NoClassDefFoundError: software/amazon/awssdk/core/exception/SdkException',
    'hadoop-aws',
  ],
  ["java.lang.NoSuchMethodError: 'void scala.Foo.bar()'", 'another version'],
  [
    'software.amazon.awssdk.services.s3.model.S3Exception: InvalidAccessKeyId (Status Code: 403)',
    'access_key',
  ],
  ['The request signature we calculated does not match ... SignatureDoesNotMatch', 'secret_key'],
  ['org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException: No AWS Credentials provided', 'no keys'],
  [
    'org.apache.iceberg.exceptions.NotAuthorizedException: Not authorized: Unauthorized',
    'architecture.catalog.token',
  ],
  [
    'java.nio.file.AccessDeniedException: s3a://b/k: getFileStatus on k: AccessDenied',
    'may not do this',
  ],
  [
    'software.amazon.awssdk.services.s3.model.S3Exception: null (Service: S3, Status Code: 403, Request ID: x)',
    'may not do this',
  ],
  [
    'software.amazon.awssdk.services.s3.model.NoSuchBucketException: The specified bucket does not exist',
    'create_buckets',
  ],
  [
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path',
    'ca_cert',
  ],
  ['javax.net.ssl.SSLException: Unsupported or unrecognized SSL message', 'http://'],
  ['java.net.UnknownHostException: bronze.minio.example', 'No such host as bronze.minio.example'],
  [
    "java.net.BindException: Address already in use: Service 'sparkDriver' failed after 16 retries",
    'spark.port.maxRetries',
  ],
  [
    'org.apache.http.conn.HttpHostConnectException: Connect to 127.0.0.1:9000 [/127.0.0.1] failed: Connection refused',
    '127.0.0.1:9000',
  ],
  [
    'java.net.ConnectException: Connection refused to http://catalog.example:8181/v1/config',
    'http://catalog.example:8181/v1/config',
  ],
  [
    'ConnectTimeoutException: Connect to s3.example:443 failed: connect timed out',
    's3.example:443 did not answer',
  ],
  [
    '[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than that in driver: 3.11',
    'PYSPARK_PYTHON',
  ],
  ['org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)', 'memory'],
  [
    'org.apache.iceberg.exceptions.NoSuchTableException: Table does not exist: silver.x',
    'architecture.tables',
  ],
  [
    '[TABLE_OR_VIEW_NOT_FOUND] The table or view `silver`.`x` cannot be found.',
    'architecture.tables',
  ],
  [
    'org.apache.iceberg.exceptions.NoSuchNamespaceException: Namespace does not exist: silver',
    'namespace',
  ],
  ['java.io.FileNotFoundException: /data/x (Permission denied)', 'permissions'],
]

test.each(KNOWN)('%s', (line, remedy) => {
  expect(ended(['something before', line, '\tat a.B.c(B.java:7)'])).toEqual({
    cause: line,
    remedy: expect.stringContaining(remedy),
  })
  expect(failed('java.lang.RuntimeException: wrapped', line)?.remedy).toContain(remedy)
})

test('the innermost cause counts, the outer ones where it says nothing', () => {
  const inner = failed(
    'org.apache.spark.SparkException: Job aborted: Connection refused',
    'java.io.UncheckedIOException: broken',
    'java.io.IOException: No space left on device',
  )
  expect(inner).toMatchObject({ cause: 'java.io.IOException: No space left on device' })
  const outer = failed(
    'java.nio.file.AccessDeniedException: s3a://b/k',
    'java.lang.IllegalStateException: odd',
  )
  expect(outer).toMatchObject({ cause: expect.stringContaining('AccessDenied') })
})

test('an error of Python has its type and message as the cause', () => {
  const error: DriverError = {
    type: 'ModuleNotFoundError',
    message: "No module named 'silver'",
    java_class: null,
    stack:
      'Traceback (most recent call last):\n  File "driver.py", line 1, in run\nModuleNotFoundError: …',
  }
  expect(innermostCause(error)).toBe("ModuleNotFoundError: No module named 'silver'")
  expect(
    diagnose({ exitCode: null, signal: null, lines: ['Connection refused'], error }),
  ).toBeNull()
})

test("of a Python worker's error the last line of its traceback counts", () => {
  const error: DriverError = {
    type: 'Py4JJavaError',
    message:
      'Job aborted due to stage failure: Task 1 failed: PythonException: Traceback (most recent call last):',
    java_class: 'org.apache.spark.api.python.PythonException',
    stack: `org.apache.spark.SparkException: Job aborted: PythonException: Traceback (most recent call last):
  File "worker.py", line 3361, in main
OSError: [Errno 28] No space left on device

\tat org.apache.spark.A.b(A.scala:1)
Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "worker.py", line 3361, in main
OSError: [Errno 28] No space left on device

\tat org.apache.spark.A.b(A.scala:1)`,
  }
  expect(innermostCause(error)).toBe('OSError: [Errno 28] No space left on device')
  expect(diagnose({ exitCode: null, signal: null, lines: [], error })?.remedy).toContain(
    'spark.local.dir',
  )
})

test('how the process ended counts before old warnings', () => {
  const warning = '12:00:01 WARN Foo: Connection refused'
  expect(ended([warning], 52)).toMatchObject({ remedy: expect.stringContaining('driver_memory') })
  expect(ended([warning], 137)).toMatchObject({ cause: expect.stringContaining('SIGKILL') })
  expect(ended([warning], null, 'SIGKILL')).toMatchObject({
    cause: expect.stringContaining('SIGKILL'),
  })
  const memory = ended(
    [warning, '12:00:02 ERROR Executor: java.lang.OutOfMemoryError: Java heap space'],
    137,
  )
  expect(memory).toEqual({
    cause: 'Executor: java.lang.OutOfMemoryError: Java heap space',
    remedy: expect.stringContaining('driver_memory'),
  })
  expect(ended([warning], 1)).toMatchObject({ cause: 'Foo: Connection refused' })
})

test('nothing known, nothing said; frames are no causes', () => {
  expect(
    ended([
      'all is well',
      '\tat org.apache.http.NoHttpResponseException.Connection refused(X.java)',
    ]),
  ).toBeNull()
  expect(ended([])).toBeNull()
  expect(failed('java.lang.IllegalStateException: 403 rows, not 404')).toBeNull()
})

test('the texts name job, cause, remedy and log in the first line', () => {
  const error = javaError(
    'org.apache.spark.SparkException: Job aborted.',
    'java.io.IOException: No space left on device',
  )
  const job = jobFailed('silver_build', error, '/run/driver.log')
  expect(job.message).toMatch(
    /^The Spark job silver_build failed: Job aborted\. \(java\.io\.IOException: No space left on device\)\. .*spark\.local\.dir.* Log: \/run\/driver\.log$/,
  )
  expect(job.cause).toMatchObject({ name: 'Py4JJavaError', stack: error.stack })
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`)
  const log = (lines: string[]) => ({ lines, path: '/run/driver.log' })
  const exit = driverEnded('while gold ran', { code: null, signal: 'SIGSEGV' }, log(lines))
  expect(exit.message).toMatch(
    /^Spark's driver \(spark-submit\) ended with signal SIGSEGV while gold ran:/,
  )
  expect(exit.message).toContain('Last lines:\nline 10\n')
  expect(exit.message).not.toContain('line 9\n')
  const late = driverNotReady(120, log(['java.net.BindException: Address already in use']))
  expect(exit.message).toContain('it said last: line 29.')
  const silent = driverNotReady(120, log([]))
  expect(silent.message).toMatch(/it said nothing\..* Log: \/run\/driver\.log$/)
  expect(late.message).toMatch(
    /not ready within 120 s and was ended: java\.net\.BindException.*maxRetries/,
  )
})
