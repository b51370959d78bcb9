"""Which errors of a stream may pass, and how they are reported."""
import re

import common

# Errors of a store or catalog that is away or comes back.
TRANSIENT = re.compile(
    r"ConnectException|Connection (refused|reset)|Connect to .* failed|SocketTimeout|SocketException|UnknownHost|NoHttpResponse"
    r"|Unable to execute HTTP request|SdkClientException|ServiceUnavailable|(?i:status code|code|HTTP/1\.1)[:= ]+50[0234]\b|SlowDown"
    r"|Bad Gateway|Gateway Time-?out|Internal Server Error"
    r"|CommitStateUnknown|CommitFailedException|ServiceFailureException|ConnectionClosed|Premature end of|SSLHandshakeException"
    r"|Input/output error|Stale file handle|Transport endpoint"
)
# Shortages of a machine or the cluster, and the end of a query that is stopped, whatever is being read.
SHORTAGE = re.compile(
    r"OutOfMemory|Too many open files|No space left|ExecutorLost|executor lost|heartbeat timed out|Executor .* (exited|decommissioned)"
    r"|Job \d+ cancelled|SparkContext was shut down|Interrupted|ClosedByInterrupt"
)


class StoreUnavailable(OSError):
    """A file does not exist, or its store does not answer."""


def is_transient(error):
    """True for an error that may pass by itself."""
    if isinstance(error, StoreUnavailable):
        return True
    return not isinstance(error, common.JobError) and TRANSIENT.search(causes(error)) is not None


def may_spare_file(message):
    """True where the message of a failure to read a file may have another cause than the file."""
    return TRANSIENT.search(message) is not None or SHORTAGE.search(message) is not None


def failure_of(query):
    """The error that ended a streaming query; None where nothing failed. Spark's Python forgets which Java exception it was."""
    error = query.exception()
    if error is not None and throwable_of(error) is None:
        error._origin = query._jsq.exception().get()
    return error


def throwable_of(error):
    return getattr(error, "java_exception", None) or getattr(error, "_origin", None)


def causes(error):
    """The messages of an error and all its causes, a line each."""
    parts = [type(error).__name__, str(error)]
    throwable = throwable_of(error)
    for _ in range(20):
        if throwable is None:
            break
        parts.append(str(throwable.toString()))
        throwable = throwable.getCause()
    return "\n".join(parts)


def message_of(error):
    """The message of the innermost cause, in one line."""
    throwable = throwable_of(error)
    if throwable is None:
        return re.sub(r"\s+", " ", str(error))[:500]
    for _ in range(20):
        if throwable.getCause() is None:
            break
        throwable = throwable.getCause()
    return re.sub(r"\s+", " ", str(throwable.getMessage() or throwable.toString()))[:500]
