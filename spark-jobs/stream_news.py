"""What a stream tells: a document of each batch that is in the table, in their order, and how the stream is.

A store that is away is told later: documents wait here meanwhile, and progress names no batch that has none.
"""
import threading
import time

import common
import stream_text

# Progress without a change, so that others see that the stream lives.
HEARTBEAT_SECONDS = 5.0
AGAIN_SECONDS = 0.5


class News:
    def __init__(self, spark, folder):
        self._spark, self._folder = spark, folder
        # Of the batches of this process that have a document.
        self.first_batch, self.last_batch = None, None
        self._waiting, self._lock = [], threading.Lock()
        self._told, self._told_at = None, 0.0
        self._trouble = None

    def batch(self, document):
        """From the thread of the batch, which does not fail for want of a document."""
        self._waiting.append(document)
        try:
            self._batches()
        except Exception as error:
            self._later(error)

    def tell(self, progress):
        """Batches that wait, and progress where it changed or nobody was told for a while."""
        try:
            self._tell(progress)
        except Exception as error:
            self._later(error)

    def tell_last(self, progress, patience_seconds):
        """The same for the last time: a store that is away is waited for."""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                return self._tell(progress)
            except Exception as error:
                if not stream_text.passes(error) or time.monotonic() >= deadline:
                    raise
                self._later(error)
            time.sleep(AGAIN_SECONDS)

    def _tell(self, progress):
        self._batches()
        there, now = progress(), time.monotonic()
        if there == self._told and now - self._told_at < HEARTBEAT_SECONDS:
            return
        stamped = {**there, "updated_ms": int(time.time() * 1000), "told_seconds": time.monotonic()}
        common.write_document(self._spark, self._folder + "/progress.json", stamped)
        self._told, self._told_at = there, now

    def _batches(self):
        with self._lock:
            while self._waiting:
                number = self._waiting[0]["batch"]
                common.write_document(self._spark, "%s/batches/%06d.json" % (self._folder, number), self._waiting[0])
                self.first_batch = number if self.first_batch is None else self.first_batch
                self.last_batch = number
                del self._waiting[0]

    def _later(self, error):
        trouble = common.java_message(error)
        if trouble != self._trouble:
            print("%s is not told yet: %s" % (self._folder, trouble), flush=True)
        self._trouble = trouble
