"""What the three streams share: a structured-streaming query whose batches are in the table once, and its documents in the store.

    <documents>/<stream>/progress.json           how the stream is, from time to time and at each change
    <documents>/<stream>/batches/000001.json     a document a batch, once it is in the table
    <documents>/control.json                     written by lakebench: {"beat": n, "wish": null | "drain" | "stop"}
"""
import json
import threading
import time

import common
import stream_commit
import stream_news
import stream_peers
import stream_table
import stream_text
import stream_upkeep

# While it drains, a stream looks for more at once.
DRAINING_TRIGGER_MS = 200
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 5.0


class Stream:
    """One stream: a query that is started, watched, drained and told of. Subclasses know the source and what a batch becomes."""

    def __init__(self, spark, document):
        # A session of its own, for its settings and views.
        self.spark, self.document = spark.newSession(), document
        self.name, self.run = document["job"], document["stream_run"]
        self.folder = "%s/%s" % (document["documents"], self.name)
        self.table_name = common.table_name(document["target"])
        self.state = "starting"
        self.error = None
        self.empty, self.retries, self.last_retry = 0, 0, None
        self.quarantined = []
        self.upkeep = stream_upkeep.Upkeep(self.spark, document, self.needed_from)
        self.news = stream_news.News(self.spark, self.folder)
        self.query, self._draining = None, None
        self._raised = None
        self._away_since, self._wait, self._again_at = None, 0.0, 0.0
        # The batch that was written last, until it is known to be in the table.
        self._written = None

    # What a stream is

    def schema(self):
        """Of the table, where it has to be made."""
        raise NotImplementedError

    def opened(self, position):
        """After the claim, before the first batch."""

    def source(self, position):
        """The streaming frame."""
        raise NotImplementedError

    def source_there(self):
        """Whether a source that seems to hold nothing more is not merely away."""
        return True

    def busy(self):
        """Whether a trigger is under way that may bring something."""
        return self.query.status["isTriggerActive"]

    def waiting(self):
        """For the source to hold nothing more."""
        return Draining(self.query)

    def take(self, frame, position, offset):
        """A micro-batch as Taken; None where nothing in it is new."""
        raise NotImplementedError

    # Whether a batch replaces the table's content.
    replacing = False

    def write(self, taken, before, properties):
        staged = stream_commit.stage(self.spark, self.table_name, taken.frame, self.document["write_options"])
        stream_commit.publish(
            self.spark, self.table_name, staged, self.name, self.run, before, properties, self.replacing
        )

    def heal(self, error):
        """Whether something was found that the batch can do without; it is taken again then."""
        return False

    def kept(self):
        """The batch that was taken last is in the table."""

    def sources(self):
        """Raw files of the batch that was taken last."""
        return []

    def needed_from(self):
        """Time of the oldest snapshot of this table that a reader needs, milliseconds."""
        reader = self.document["reader"]
        if reader is None:
            return None
        table = common.iceberg_table(self.spark, common.table_name(reader["table"]))
        there = None if table is None else stream_table.position(table, reader["stream"], self.run)
        if there is None or there.since == "":
            return 0  # It has still to read everything, or may have to do it again.
        mine = common.iceberg_table(self.spark, self.table_name)
        snapshot = mine.snapshot(int(there.since.split("@")[0]))
        return 0 if snapshot is None else snapshot.timestampMillis()

    # Life

    def open(self):
        stream_peers.wait_for_predecessor(self.spark, self.document, self.name)
        position = stream_commit.claim(
            self.spark, self.document["target"], self.name, self.run, self.schema(), self.document["checkpoint"]
        )
        self.epoch = position.epoch
        self.opened(position)
        self.begin(drain=False)

    def begin(self, drain):
        """The query on its checkpoint: at each interval, or without a pause until nothing is left."""
        self._raised, self._draining = None, None
        writer = self.source(self.standing()).writeStream.foreachBatch(self._batch).queryName(self.name)
        writer = writer.option("checkpointLocation", self.document["checkpoint"])
        pause_ms = DRAINING_TRIGGER_MS if drain else self.document["trigger_seconds"] * 1000
        # Not once over what is available: Iceberg's source fails at that where it is to begin at its newest snapshot.
        self.query = writer.trigger(processingTime="%d milliseconds" % pause_ms).start()
        if drain:
            self._draining = self.waiting()
        self.state = "draining" if drain else "running"

    @property
    def over(self):
        return self.state in ("drained", "stopped", "failed")

    def standing(self):
        """The position as the table has it now."""
        table = common.iceberg_table(self.spark, self.table_name)
        there = None if table is None else stream_table.position(table, self.name, self.run)
        if there is None:
            raise stream_commit.Fenced("The table %s is no table of run %s any more." % (self.table_name, self.run))
        if there.epoch != self.epoch:
            raise stream_commit.Fenced(stream_commit.taken_up(self.name, self.run))
        return there

    def step(self, wish, upstream_drained):
        """A look at the query, several times a second."""
        if self.over:
            return
        if wish == "stop":
            self.halt("stopped")
        elif not self.query.isActive:
            self._ended()
        elif self._draining is not None and self._draining.over:
            self._drained()
        elif wish == "drain" and self.state == "running" and upstream_drained and not self.busy():
            self.query.stop()
            self._begin_again(drain=True)
        elif self._away_since is not None and self.query.lastProgress is not None:
            # A trigger went through, even if it found nothing.
            self._away_since, self._wait = None, 0.0

    def _drained(self):
        if not self._draining.done or not self.source_there():
            self._draining = self.waiting()
            return
        if self.busy():
            return
        self.query.stop()
        if self._written is not None:
            # The batch that was cut short may be in the table.
            try:
                self.settle(self.standing())
            except Exception as error:
                self._raised = error
                return
        self.state = "drained"

    def halt(self, state):
        """At once; a batch under way leaves nothing."""
        if self.query is not None and self.query.isActive:
            self.query.stop()
        self.upkeep.settled(5)
        self.state = state

    def _ended(self):
        """The query is over, so something failed. What passes is tried again."""
        failure = self._raised or stream_text.failure_of(self.query)
        if self._again_at == 0.0:
            now = time.monotonic()
            self._away_since = self._away_since or now
            patient = now - self._away_since < self.document["patience_seconds"]
            if failure is None or not stream_text.passes(failure) or not patient:
                self.error = stream_text.said(failure) if failure is not None else "the query ended by itself"
                self.state = "failed"
                return
            self.retries += 1
            self.last_retry = stream_text.said(failure)
            self._wait = min(LONGEST_WAIT_SECONDS, max(FIRST_WAIT_SECONDS, self._wait * 2))
            self._again_at = now + self._wait
        if time.monotonic() >= self._again_at:
            self._again_at = 0.0
            self._begin_again(drain=self.state == "draining")

    def _begin_again(self, drain):
        """A store or catalog that is away just then is a failure of the query."""
        self.state = "draining" if drain else "running"
        try:
            self.begin(drain)
        except Exception as error:
            self._raised = error

    # A batch

    def _batch(self, frame, spark_batch):
        try:
            self._do_batch(frame, spark_batch)
            self._away_since, self._wait = None, 0.0
        except BaseException as error:
            self._raised = error
            raise

    def _do_batch(self, frame, spark_batch):
        begun = time.monotonic()
        position = self.standing()
        query = self.query_id()
        if position.query == query and spark_batch <= position.spark_batch:
            # It was committed by who did not live to tell Spark, or could not reach the store or the catalog right after.
            self.settle(position)
            return
        offset = self.offset_of(spark_batch)
        while True:
            taken = self.take(frame, position, offset)
            if taken is None:
                self.empty += 1
                return
            after = stream_table.Position(
                position.epoch, position.batch + 1, query, spark_batch, taken.offset, taken.through_ms, position.offset
            )
            properties = {
                **self.document["snapshot_properties"],
                **taken.properties,
                **after.properties(self.name, self.run),
            }
            self._written = Written(after, taken, begun)
            try:
                self.write(taken, position, properties)
                break
            except stream_commit.Fenced:
                # Unless the one who was faster is an earlier try of this very batch, whose answer was lost.
                there = self.standing()
                if (there.query, there.spark_batch) != (query, spark_batch):
                    raise
                break
            except Exception as error:
                if stream_text.passes(error) or not self.heal(error):
                    raise
        self.settle(after)
        self.upkeep.begin()

    def settle(self, position):
        """The batch at a position is in the table: where it is this process's, it is told of, once."""
        written = self._written
        if written is None or written.after.batch != position.batch:
            return
        table = common.iceberg_table(self.spark, self.table_name)
        snapshot_id, summary = self.committed(table, written.after)
        self._written = None
        self.kept()
        self.news.batch(self.batch_document(written, snapshot_id, summary))

    def committed(self, table, after):
        """The snapshot of a batch, which a rewrite may already have followed."""
        for snapshot, summary in stream_table.snapshots(table):
            there = stream_table.in_summary(summary, self.name, self.run)
            # Not one that only repeats what that one said.
            if there is not None and there.batch == after.batch and common.ROWS_OF not in summary:
                return str(snapshot.snapshotId()), summary
        raise common.JobError("Batch %d of %s is not in its table after its commit." % (after.batch, self.name))

    def query_id(self):
        """Of the checkpoint; a new one where that was lost."""
        return json.loads(stream_text.read_text(self.spark, self.document["checkpoint"] + "/metadata"))["id"]

    def offset_of(self, spark_batch):
        """What Spark has written down as the end of a batch, before it made it."""
        text = stream_text.read_text(self.spark, "%s/offsets/%d" % (self.document["checkpoint"], spark_batch))
        return text.strip().splitlines()[-1]

    # Documents

    def batch_document(self, written, snapshot_id, summary):
        after, count = written.after, lambda name: int(summary.get(name, 0))
        return {
            "version": common.DOCUMENT_VERSION,
            "run_id": self.run,
            "stream": self.name,
            "batch": after.batch,
            "spark_batch": after.spark_batch,
            "snapshot_id": snapshot_id,
            "offset": after.offset,
            "source_batch": written.taken.source_batch,
            # Ages of files come before the time at which they were so old.
            "sources": self.sources(),
            "told_seconds": time.monotonic(),
            "seconds": time.monotonic() - written.begun,
            "input_rows": written.taken.rows,
            "output_rows": count("added-records"),
            "bytes": count("added-files-size"),
            "files": count("added-data-files"),
        }

    def progress(self):
        upkeep = self.upkeep
        return {
            "version": common.DOCUMENT_VERSION,
            "run_id": self.run,
            "stream": self.name,
            "state": self.state,
            "error": self.error,
            "process": stream_peers.this_process(self.spark),
            "first_batch": self.news.first_batch,
            "last_batch": self.news.last_batch,
            "empty_triggers": self.empty,
            "retries": self.retries,
            "last_retry": self.last_retry,
            "compactions": upkeep.compactions,
            "files_before": upkeep.files_before,
            "files_after": upkeep.files_after,
            "expired_files": upkeep.expired,
            "upkeep_failures": list(upkeep.failures),
            "quarantined": list(self.quarantined),
        }

    def tell(self):
        self.news.tell(self.progress)


class Taken:
    """
    What a micro-batch becomes: rows to write, and what to say of them. `through_ms` is the store's time of the newest data, a label;
    `source_batch` the last batch of the stream before that is in the table then.
    """

    def __init__(self, frame, rows, offset, through_ms, properties=None, source_batch=None):
        self.frame, self.rows, self.offset, self.through_ms = frame, rows, offset, through_ms
        self.properties, self.source_batch = properties or {}, source_batch


class Written:
    """A batch whose commit was begun at `begun`, and where the stream stands after it."""

    def __init__(self, after, taken, begun):
        self.after, self.taken, self.begun = after, taken, begun


class Draining:
    """Waits beside a query until its source holds nothing more: `done`. `over` without it: the waiting failed."""

    def __init__(self, query):
        self.done, self.over = False, False
        self._query = query
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self):
        try:
            self._query.processAllAvailable()
            self.done = True
        except Exception as error:
            # Where the query ended, it says itself why.
            print("Waiting for %s to drain failed: %s" % (self._query.name, common.java_message(error)), flush=True)
        finally:
            self.over = True
