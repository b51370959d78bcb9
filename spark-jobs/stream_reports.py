"""Reports of a stream, as documents in the store:

    <documents>/<stream>/progress.json           state and counts, at each change and every few seconds
    <documents>/<stream>/batches/000001.json     each batch that is in the table, in order

While the store is away documents wait here, and progress names no batch that has none.
"""
import os
import socket
import threading
import time

import common
import stream_errors

# Progress without a change, by which lakebench compares the clocks.
REPEAT_SECONDS = 5.0
RETRY_SECONDS = 0.5


class Reporter:
    """Writes the documents of one stream; `progress` gives the fields of progress.json."""

    def __init__(self, spark, folder, progress):
        self._spark, self._folder, self._progress = spark, folder, progress
        # Batches of this process that have a document.
        self.first_batch, self.last_batch = None, None
        self._waiting, self._lock = [], threading.Lock()
        self._reported, self._reported_at = None, 0.0
        self._process = process_identity(spark)
        self._trouble = None

    def add_batch(self, document):
        """Write a batch's document, now or with the next report; called from the thread of the batch."""
        self._waiting.append(document)
        self._tolerating(self._write_batches)

    def report(self):
        """Write what waits, and progress where it changed or is old."""
        self._tolerating(self._write)

    def report_final(self, retry_seconds):
        """Write the last report; a store that is away is waited for."""
        deadline = time.monotonic() + retry_seconds
        while True:
            try:
                return self._write()
            except Exception as error:
                if not stream_errors.is_transient(error) or time.monotonic() >= deadline:
                    raise
            time.sleep(RETRY_SECONDS)

    def _write(self):
        self._write_batches()
        progress, now = self._progress(), time.monotonic()
        if progress == self._reported and now - self._reported_at < REPEAT_SECONDS:
            return
        stamps = {"process": self._process, "updated_ms": int(time.time() * 1000), "reported_seconds": time.monotonic()}
        common.write_document(self._spark, self._folder + "/progress.json", {**progress, **stamps})
        self._reported, self._reported_at = progress, now

    def _write_batches(self):
        with self._lock:
            while self._waiting:
                number = self._waiting[0]["batch"]
                common.write_document(self._spark, "%s/batches/%06d.json" % (self._folder, number), self._waiting[0])
                self.first_batch = number if self.first_batch is None else self.first_batch
                self.last_batch = number
                del self._waiting[0]

    def _tolerating(self, write):
        try:
            write()
        except Exception as error:
            trouble = common.java_message(error)
            if trouble != self._trouble:
                print("%s is not reported yet: %s" % (self._folder, trouble), flush=True)
            self._trouble = trouble


def process_identity(spark):
    """The Java that commits, so that a resumed run can see whether it lives (`src/shared/process-identity.ts`)."""
    pid = int(spark._jvm.java.lang.ProcessHandle.current().pid())
    try:
        with open("/proc/%d/stat" % pid) as stat:
            start_ticks = stat.read().rsplit(")", 1)[1].split()[19]
        pid_namespace = os.readlink("/proc/self/ns/pid")
    except (OSError, IndexError):
        start_ticks, pid_namespace = None, None
    return {"host": socket.gethostname(), "pid": pid, "start_ticks": start_ticks, "pid_namespace": pid_namespace}
