/** One cause that a user can act on. */
export interface Cause {
  readonly pattern: RegExp
  /** Whole sentences; a function where the text names the address or thing in question. */
  readonly remedy: string | ((text: string) => string)
}

const SPARK = 'platform.compute.spark'
const S3 = 'platform.storage.s3'

export const OUT_OF_MEMORY: Cause = {
  pattern:
    /OutOfMemoryError(?!.*(native thread|Metaspace))|GC overhead limit exceeded|Not enough memory to build and broadcast|UNABLE_TO_ACQUIRE_MEMORY|ExecutorLostFailure|exit code:? 137/i,
  remedy: `Raise ${SPARK}.driver_memory, or lower ${SPARK}.cores so that fewer tasks share it.`,
}

/** Those that bring others about come first: a full disk makes classes unloadable, not the other way round. */
export const KNOWN_CAUSES: readonly Cause[] = [
  {
    pattern: /no space left on device|not enough space on the disk|ENOSPC|XMinioStorageFull/i,
    remedy:
      "The disk of Spark's scratch folder, of the temporary folder or of the tables is full: free space, or put `spark.local.dir` in " +
      `${SPARK}.conf on a larger one. Finished tables are as they were.`,
  },
  {
    pattern: /disk quota exceeded|EDQUOT|QuotaExceeded/i,
    remedy: 'A quota is used up: free space or have it raised. Finished tables are as they were.',
  },
  {
    pattern: /unable to create (new )?native thread|Resource temporarily unavailable/i,
    remedy: `The system gives no more threads: raise \`ulimit -u\` (or the container's pids limit), or lower ${SPARK}.cores.`,
  },
  {
    pattern: /OutOfMemoryError.*Metaspace/i,
    remedy: `Raise -XX:MaxMetaspaceSize in \`spark.driver.extraJavaOptions\` of ${SPARK}.conf.`,
  },
  OUT_OF_MEMORY,
  {
    pattern: /spark\.driver\.maxResultSize/i,
    remedy: `A job collected too much to the driver: raise \`spark.driver.maxResultSize\` in ${SPARK}.conf.`,
  },
  {
    pattern: /too many open files|EMFILE/i,
    remedy: 'Raise the limit of open files (`ulimit -n`).',
  },
  {
    pattern:
      /UnsupportedClassVersionError|getSubject is (not supported|supported only)|Unsupported class file major version|Unrecognized VM option/i,
    remedy:
      'Spark runs on the wrong Java: set JAVA_HOME to Java 17 (Spark 3.5 also runs on 8 and 11).',
  },
  {
    pattern:
      /Invalid maximum heap size|Could not reserve enough space|Cannot allocate memory|insufficient memory/i,
    remedy: `Java cannot have that much memory here: lower ${SPARK}.driver_memory.`,
  },
  {
    pattern:
      /Failed to find (the )?data source: iceberg|Cannot find catalog plugin class|Cannot load class.*iceberg|ClassNotFoundException: (iceberg\.DefaultSource|org\.apache\.iceberg\.)/i,
    remedy:
      `The Iceberg jar is missing: put iceberg-spark-runtime for this Spark into ${SPARK}.jars, or leave ${SPARK}.jars and ` +
      `${SPARK}.packages empty to have it fetched.`,
  },
  {
    pattern:
      /ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError|Class \S+ not found/,
    remedy:
      `A jar is missing, or is for another version: check ${SPARK}.jars and ${SPARK}.packages (iceberg-spark-runtime for this Spark, ` +
      'hadoop-aws of the same version as its hadoop-client, and the AWS SDK bundle which that was built with).',
  },
  {
    pattern:
      /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|RequestTimeTooSkewed/i,
    remedy: `The store does not accept the keys: check ${S3}.access_key, ${S3}.secret_key and ${S3}.region, and this machine's clock.`,
  },
  {
    pattern:
      /Unable to load (AWS )?credentials|No AWS Credentials|NoAuthWithAWSException|No AWSCredentialsProvider/i,
    remedy: `There are no keys for the store: set ${S3}.access_key and ${S3}.secret_key.`,
  },
  {
    pattern: /NotAuthorizedException|Status Code: 401|\b401 Unauthorized/i,
    remedy:
      'The catalog or store does not know this user: check architecture.catalog.token and the keys.',
  },
  {
    pattern:
      /Access ?Denied|(status ?code|HTTP|code)[:= ]+403|403 Forbidden|ForbiddenException|AllAccessDisabled/i,
    remedy: `The keys in ${S3} (or architecture.catalog.token) may not do this: grant read, write and list on the buckets, or use other keys.`,
  },
  {
    pattern: /NoSuchBucket|bucket does not exist|UnknownStoreException/i,
    remedy: `Make the bucket, set ${S3}.create_buckets: true, or correct ${S3}.buckets.`,
  },
  {
    pattern:
      /PKIX path|unable to find valid certification path|SSLHandshakeException|CertificateException|trustAnchors/i,
    remedy: `The server's certificate is not trusted: set ${S3}.ca_cert to the certificate of its authority.`,
  },
  {
    pattern: /Unsupported or unrecognized SSL message|plain text connection/i,
    remedy:
      'The server does not speak TLS there: write http:// in place of https:// in its address.',
  },
  {
    pattern: /UnknownHostException|Name or service not known|nodename nor servname/i,
    remedy: unknownHost,
  },
  {
    pattern: /Address already in use|BindException|Service '\w+' failed after/i,
    remedy: addressInUse,
  },
  {
    pattern: /Connection refused|Connection reset|No route to host|Network is unreachable/i,
    remedy: text => `Nothing answers at ${addressIn(text)}: ${CHECK_ADDRESSES}`,
  },
  {
    pattern:
      /connect(ion)? timed out|SocketTimeoutException|ConnectTimeoutException|Connect to \S+ .*timed out/i,
    remedy: text => `${capital(addressIn(text))} did not answer in time: ${CHECK_ADDRESSES}`,
  },
  {
    pattern:
      /PYTHON_VERSION_MISMATCH|Python in worker has different version|PYTHON_DAEMON|Cannot run program "[^"]*python/i,
    remedy:
      'Driver and workers must run the same Python: unset PYSPARK_PYTHON, or set it to the Python that has pyspark.',
  },
  {
    pattern: /Python worker (exited|failed|crashed)|EOFException.*python/i,
    remedy: `A Python worker died, mostly for lack of memory: lower ${SPARK}.cores, or leave more memory beside ${SPARK}.driver_memory.`,
  },
  {
    pattern: /NoSuchTable|TABLE_OR_VIEW_NOT_FOUND|Table or view not found|Table does not exist/i,
    remedy:
      'The table is not in the catalog: run the stage that makes it first, or correct architecture.tables.',
  },
  {
    pattern: /Location does not exist: \S+\.metadata\.json/,
    remedy:
      'The catalog names a table whose files were deleted: drop the table from the catalog without purging its files, or choose another name in architecture.tables.',
  },
  {
    pattern: /NoSuchNamespace|SCHEMA_NOT_FOUND|Namespace does not exist/i,
    remedy:
      'The namespace is not in the catalog: correct architecture.tables, or have this user allowed to make it.',
  },
  {
    pattern: /Permission denied|AccessControlException/i,
    remedy:
      'This user may not read or write there: change the permissions or choose another folder.',
  },
]

const CHECK_ADDRESSES = `see that the server runs, and check ${S3}.endpoint and architecture.catalog.uri.`

function unknownHost(text: string): string {
  const host = /UnknownHostException: ([\w.-]+)/.exec(text)?.[1]
  return (
    `No such host${host ? ` as ${host}` : ''}: check ${S3}.endpoint and architecture.catalog.uri, and set ${S3}.path_style: true where ` +
    'the host begins with the name of a bucket.'
  )
}

function addressInUse(): string {
  return `All ports that Spark tried are taken: end what holds them, or set \`spark.port.maxRetries\` in ${SPARK}.conf.`
}

/** The address in a message of Java's network classes. */
function addressIn(text: string): string {
  const url = /https?:\/\/[^\s"'<>,;)\]]+/.exec(text)?.[0]
  const host = /(?:[Cc]onnect(?:ion)? to|to host) \[?([\w.-]+(?:\/[\d.]+)?:\d+)/.exec(text)?.[1]
  return url ?? host ?? 'the address'
}

const capital = (text: string) => (text.startsWith('the ') ? `T${text.slice(1)}` : text)
