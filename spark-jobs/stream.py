"""A stream: a structured-streaming query whose batches are in its table once each, and what it reports.

The commit of a batch names the query and epoch that made it, as Iceberg's own streaming sink does, and an epoch that the table names is
skipped when Spark repeats it. The sink itself writes the same further properties to every snapshot of a query, so it cannot say which
snapshot of the source a batch read; hence foreachBatch.
"""
import json
import time

import common
import stream_errors
from stream_maintenance import Maintenance
from stream_reports import Reporter

QUERY_ID, EPOCH_ID = "lakebench.query-id", "lakebench.epoch-id"
# Number of the batch, from 1 over the whole run.
BATCH = "lakebench.batch"
# A stream that drains looks for more at once.
DRAINING_TRIGGER_MS = 200
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 5.0


class Batch:
    """Rows to write, and where they come from; `source_batch` is the last batch of the stream before that the table then holds."""

    def __init__(self, frame, rows, properties, source_batch=None):
        self.frame, self.rows, self.properties, self.source_batch = frame, rows, properties, source_batch
        self.number, self.epoch, self.begun = None, None, None


class Stream:
    """Starts, restarts, drains and stops the query of one stream. Subclasses know the source and how a batch is made."""

    def __init__(self, spark, document):
        self.spark, self.document = spark, document
        self.name, self.run = document["job"], document["stream_run"]
        self.table_name = common.table_name(document["target"])
        self.state, self.error = "starting", None
        self.empty, self.retries, self.last_retry = 0, 0, None
        self.quarantined = []
        self.maintenance = Maintenance(spark, document)
        self.reporter = Reporter(spark, "%s/%s" % (document["documents"], self.name), self.progress)
        self.query = None
        # A batch that may be in the table and is not reported yet.
        self._unreported = None
        self._in_batch, self._failure = False, None
        self._failing_since, self._wait, self._retry_at = None, 0.0, 0.0

    # What subclasses define

    def schema(self):
        """Schema of the table."""
        raise NotImplementedError

    def source(self):
        """The streaming frame: by default a row for each trigger, so that each has a batch."""
        return self.spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).option("numPartitions", 1).load()

    def prepare(self, summary):
        """Called before each start of the query with the table's summary."""

    def make_batch(self, frame, epoch, summary):
        """The Batch of an epoch; None where there is nothing new."""
        raise NotImplementedError

    def write(self, frame, properties):
        common.with_options(frame.writeTo(self.table_name), properties, self.document["write_options"]).append()

    def recover(self, error):
        """Whether a batch that failed can be made again without what broke it."""
        return False

    def is_caught_up(self, summary):
        """Whether the table holds all of the source."""
        raise NotImplementedError

    def on_committed(self):
        """Called once for each batch that is in the table."""

    def source_files(self):
        """Reports of the raw files of the last batch."""
        return []

    # Life

    def open(self):
        """Create the table anew, or go on with the one of this run."""
        if not self.document["resume"]:
            common.remove_folder(self.spark, self.document["checkpoint"])
            create_empty(self.spark, self.document["target"], self.schema(), {self.run_property: self.run})
        self._start(draining=False)

    def _start(self, draining):
        self._failure = None
        self.prepare(self.committed()[1])
        writer = self.source().writeStream.foreachBatch(self._on_batch).queryName(self.name)
        pause_ms = DRAINING_TRIGGER_MS if draining else self.document["trigger_seconds"] * 1000
        writer = writer.trigger(processingTime="%d milliseconds" % pause_ms)
        self.query = writer.option("checkpointLocation", self.document["checkpoint"]).start()
        self.state = "draining" if draining else "running"

    @property
    def run_property(self):
        """Names the table property that says whose an empty table is."""
        return "lakebench.stream.%s.run" % self.name

    @property
    def is_over(self):
        return self.state in ("drained", "stopped", "failed")

    def committed(self):
        """Id and summary of the table's newest snapshot; (None, {}) while it is empty."""
        table = common.iceberg_table(self.spark, self.table_name)
        snapshot_id, summary = common.snapshot_of(table)
        if snapshot_id is not None:
            owner = summary.get(common.RUN_ID)
        else:
            owner = None if table is None else dict(table.properties()).get(self.run_property)
        if owner != self.run:
            raise common.JobError("The table %s is no table of run %s any more. Start a new run." % (self.table_name, self.run))
        return snapshot_id, summary

    def step(self, command, upstream_drained):
        """Look at the query, several times a second."""
        if self.is_over:
            return
        if command == "stop":
            self.halt("stopped")
        elif not self.query.isActive:
            self._retry_or_fail()
        elif command == "drain" and upstream_drained and not self._in_batch:
            self._drain()
        elif self._failing_since is not None and self.query.lastProgress is not None:
            self._forget_failures()

    def _drain(self):
        if self._unreported is None and self._holds_everything():
            self.halt("drained")
        elif self.state == "running":
            self.query.stop()
            self._start_again(draining=True)

    def _holds_everything(self):
        try:
            return self.is_caught_up(self.committed()[1])
        except Exception as error:
            if not stream_errors.is_transient(error):
                self.error = stream_errors.message_of(error)
                self.halt("failed")
            return False

    def halt(self, state):
        """Stop the query at once, whatever is under way."""
        self.maintenance.stopping = True
        if self.query is not None and self.query.isActive:
            self.query.stop()
        self.state = state

    def _retry_or_fail(self):
        """Start the query again after a failure that may pass, with growing waits within the retry window."""
        failure = self._failure or stream_errors.failure_of(self.query)
        if self._retry_at == 0.0:
            now = time.monotonic()
            self._failing_since = self._failing_since or now
            in_window = now - self._failing_since < self.document["retry_seconds"]
            if failure is None or not stream_errors.is_transient(failure) or not in_window:
                self.error = stream_errors.message_of(failure) if failure is not None else "the query ended by itself"
                self.state = "failed"
                return
            self.retries += 1
            self.last_retry = stream_errors.message_of(failure)
            self._wait = min(LONGEST_WAIT_SECONDS, max(FIRST_WAIT_SECONDS, self._wait * 2))
            self._retry_at = now + self._wait
        if time.monotonic() >= self._retry_at:
            self._retry_at = 0.0
            self._start_again(draining=self.state == "draining")

    def _start_again(self, draining):
        """A store or catalog that is away just then is a failure of the query."""
        self.state = "draining" if draining else "running"
        try:
            self._start(draining)
        except Exception as error:
            self._failure = error

    def _forget_failures(self):
        self._failing_since, self._wait = None, 0.0

    # A batch

    def _on_batch(self, frame, epoch):
        self._in_batch = True
        try:
            self._commit_batch(frame, epoch)
            self._forget_failures()
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._in_batch = False

    def _commit_batch(self, frame, epoch):
        begun = time.monotonic()
        snapshot_id, summary = self.committed()
        self._report_batch(snapshot_id, summary)
        query_id = json.loads(common.read_text(self.spark, self.document["checkpoint"] + "/metadata"))["id"]
        if summary.get(QUERY_ID) == query_id and epoch <= int(summary[EPOCH_ID]):
            # Its commit was not acknowledged, or who made it did not live to tell Spark.
            return
        while True:
            batch = self.make_batch(frame, epoch, summary)
            if batch is None:
                self.empty += 1
                return
            batch.number, batch.epoch, batch.begun = int(summary.get(BATCH, 0)) + 1, epoch, begun
            made_by = {BATCH: batch.number, QUERY_ID: query_id, EPOCH_ID: epoch}
            self._unreported = batch
            try:
                self.write(batch.frame, {**self.document["snapshot_properties"], **batch.properties, **made_by})
                break
            except Exception as error:
                if stream_errors.is_transient(error) or not self.recover(error):
                    raise
        self._report_batch(*self.committed())
        self.maintenance.run()

    def _report_batch(self, snapshot_id, summary):
        """Report the last batch if it is in the table; if it is not, Spark repeats it."""
        batch = self._unreported
        if batch is not None and int(summary.get(BATCH, 0)) == batch.number:
            self.on_committed()
            self.reporter.add_batch(self._batch_document(batch, snapshot_id, summary))
        self._unreported = None

    # Documents

    def _batch_document(self, batch, snapshot_id, summary):
        count = lambda name: int(summary.get(name, 0))
        return {
            "version": common.DOCUMENT_VERSION,
            "run_id": self.run,
            "stream": self.name,
            "batch": batch.number,
            "epoch": batch.epoch,
            "snapshot_id": snapshot_id,
            "source_batch": batch.source_batch,
            # Ages of files come before the time at which they were so old.
            "sources": self.source_files(),
            "reported_seconds": time.monotonic(),
            "seconds": time.monotonic() - batch.begun,
            "input_rows": batch.rows,
            "output_rows": count("added-records"),
            "bytes": count("added-files-size"),
            "files": count("added-data-files"),
        }

    def progress(self):
        return {
            "version": common.DOCUMENT_VERSION,
            "run_id": self.run,
            "stream": self.name,
            "state": self.state,
            "error": self.error,
            "first_batch": self.reporter.first_batch,
            "last_batch": self.reporter.last_batch,
            "empty_triggers": self.empty,
            "retries": self.retries,
            "last_retry": self.last_retry,
            "quarantined": list(self.quarantined),
            **self.maintenance.counts(),
        }


class TableStream(Stream):
    """A stream over another stream's table; its own snapshots name in `source_snapshot` which one of that they are of."""

    source_snapshot = None

    def __init__(self, spark, document):
        super().__init__(spark, document)
        self.source_name = common.table_name(document["source"])

    def is_caught_up(self, summary):
        source = common.rows_snapshot(common.iceberg_table(self.spark, self.source_name))
        return source == summary.get(self.source_snapshot)


def create_empty(spark, target, schema, properties):
    """Create a table without a snapshot, in place of any that is there; files of that one go."""
    quoted = lambda text: "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")
    columns = ", ".join("`%s` %s" % (f.name, f.dataType.simpleString()) for f in schema.fields)
    partition, name = target["partition"], common.table_name(target)
    pairs = ["%s = %s" % (quoted(key), quoted(value)) for key, value in {**target["properties"], **properties}.items()]
    parts = [
        "CREATE OR REPLACE TABLE %s (%s) USING iceberg" % (name, columns),
        "PARTITIONED BY (%ss(`%s`))" % (partition["transform"], partition["column"]) if partition else "",
        "LOCATION %s" % quoted(target["location"]) if target["location"] else "",
        "TBLPROPERTIES (%s)" % ", ".join(pairs),
    ]
    common.ensure_namespace(spark, target)
    spark.sql(" ".join(parts))
    now = spark._jvm.java.lang.System.currentTimeMillis()
    try:
        common.iceberg_table(spark, name).expireSnapshots().expireOlderThan(now).cleanExpiredFiles(True).commit()
    except Exception as error:
        print("Files of the earlier %s stay: %s" % (name, common.java_message(error)), flush=True)
