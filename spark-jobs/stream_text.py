"""What streams read from the store, and what they make of errors."""
import json
import re

import common

# What a store or catalog gives while it is away or comes back.
PASSING = re.compile(
    r"ConnectException|Connection (refused|reset)|Connect to .* failed|SocketTimeout|SocketException|UnknownHost|NoHttpResponse"
    r"|Unable to execute HTTP request|SdkClientException|ServiceUnavailable|(?i:status code|code|HTTP/1\.1)[:= ]+50[0234]\b|SlowDown"
    r"|Bad Gateway|Gateway Time-?out|Internal Server Error"
    r"|CommitStateUnknown|CommitFailedException|ServiceFailureException|ConnectionClosed|Premature end of|SSLHandshakeException"
    r"|Input/output error|Stale file handle|Transport endpoint"
)
# What a machine or the cluster lacks, whatever is being read.
SHORTAGE = re.compile(
    r"OutOfMemory|Too many open files|No space left|ExecutorLost|executor lost|heartbeat timed out|Executor .* (exited|decommissioned)"
    r"|Job \d+ cancelled|SparkContext was shut down"
)


def read_text(spark, uri):
    if uri.startswith("file:"):
        with open(uri.replace("file://", "", 1), encoding="utf-8") as file:
            return file.read()
    files, path = located(spark, uri)
    stream = files.open(path)
    try:
        return spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()


def is_empty(spark, uri):
    """Whether a folder is missing or holds nothing."""
    files, path = located(spark, uri)
    return not files.exists(path) or len(files.listStatus(path)) == 0


def make_folder(spark, uri):
    files, path = located(spark, uri)
    files.mkdirs(path)


def remove_folder(spark, uri):
    """With all that is in it; nothing where there is none."""
    files, path = located(spark, uri)
    files.delete(path, True)


def is_there(spark, uri):
    files, path = located(spark, uri)
    return files.exists(path)


def located(spark, uri):
    """Hadoop's file system of an address, and the path in it."""
    path = spark._jvm.org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()), path


def snapshot_in(offset):
    """Id of the snapshot in an offset of Iceberg's source."""
    return int(json.loads(offset)["snapshot_id"])


class Away(OSError):
    """A file is not there, or its store is not."""


def passes(error):
    """Whether it is of a kind that goes by itself."""
    if isinstance(error, Away):
        return True
    return not isinstance(error, common.JobError) and PASSING.search(causes(error)) is not None


def spares_the_file(said):
    """Whether what was said of a failure to read a file may be of something else than the file."""
    return PASSING.search(said) is not None or SHORTAGE.search(said) is not None


def failure_of(query):
    """Why a streaming query ended; None where nothing failed. Spark's Python forgets which Java exception it was."""
    error = query.exception()
    if error is not None and throwable_of(error) is None:
        error._origin = query._jsq.exception().get()
    return error


def throwable_of(error):
    return getattr(error, "java_exception", None) or getattr(error, "_origin", None)


def causes(error):
    """Everything an error says of itself and its causes."""
    parts = [type(error).__name__, str(error)]
    throwable = throwable_of(error)
    for _ in range(20):
        if throwable is None:
            break
        parts.append(str(throwable.toString()))
        throwable = throwable.getCause()
    return "\n".join(parts)


def said(error):
    """The innermost cause in one line."""
    throwable = throwable_of(error)
    if throwable is None:
        return re.sub(r"\s+", " ", str(error))[:500]
    for _ in range(20):
        if throwable.getCause() is None:
            break
        throwable = throwable.getCause()
    return re.sub(r"\s+", " ", str(throwable.getMessage() or throwable.toString()))[:500]
