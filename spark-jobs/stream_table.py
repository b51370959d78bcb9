"""A stream's table: whose it is, how far the stream is in it, and its upkeep beside the writer.

How far a stream is stands in the summary of the very snapshot that brought the data, so that both are there or neither. Compaction
copies it, so that expiry never drops the last one. Whose table it is stands in the table's properties; who writes it, as the epoch, in
the summaries: a process that takes a stream up commits an empty snapshot with the next one.
"""
import threading
import time

import common

PREFIX = "lakebench.stream.%s.%s"
FIRST_EPOCH = 1


class Position:
    """
    The last batch that is in the table. `offset` is what it took of its source, in the stream's own notation, and `since` that of the
    batch before: from there on Spark plans the batch again, should it not know that it was committed.
    """

    def __init__(self, epoch, batch=0, query="", spark_batch=-1, offset="", through_ms=None, since=""):
        self.epoch, self.batch, self.query, self.spark_batch = epoch, batch, query, spark_batch
        self.offset, self.through_ms, self.since = offset, through_ms, since

    def properties(self, stream, run):
        fields = {
            "run": run,
            "epoch": self.epoch,
            "batch": self.batch,
            "query": self.query,
            "spark-batch": self.spark_batch,
            "offset": self.offset,
            "since": self.since,
            "through": "" if self.through_ms is None else self.through_ms,
        }
        return {PREFIX % (stream, name): str(value) for name, value in fields.items()}


def in_summary(summary, stream, run):
    """The position that a snapshot's summary holds; None where it holds none of this run."""
    value = lambda name: summary.get(PREFIX % (stream, name), "")
    if value("run") != run:
        return None
    through = value("through")
    return Position(
        int(value("epoch")),
        int(value("batch")),
        value("query"),
        int(value("spark-batch")),
        value("offset"),
        int(through) if through else None,
        value("since"),
    )


def snapshots(table, newest=None):
    """Snapshots from the newest (or the given one) back, as (snapshot, summary)."""
    snapshot = table.currentSnapshot() if newest is None else newest
    while snapshot is not None:
        yield snapshot, dict(snapshot.summary())
        parent = snapshot.parentId()
        snapshot = None if parent is None else table.snapshot(parent)


def position(table, stream, run):
    """How far the stream is; None where the table is none of this run."""
    return position_in(table, (snapshot for snapshot, _ in snapshots(table)), stream, run)


def position_in(table, newest_first, stream, run):
    """
    The same where these are the snapshots. A rewrite may have begun before the last batch, so it is not the last word. A table that
    somebody else made anew keeps its properties, but has no snapshot of this run.
    """
    if dict(table.properties()).get(PREFIX % (stream, "run")) != run:
        return None
    found, empty = None, True
    for snapshot in newest_first:
        empty = False
        there = in_summary(dict(snapshot.summary()), stream, run)
        if there is None:
            continue
        if found is None or (there.epoch, there.batch) > (found.epoch, found.batch):
            found = there
        if snapshot.operation() != "replace":
            break
    return Position(FIRST_EPOCH) if empty else found


class Upkeep:
    """Small files become large ones, old snapshots go. Runs beside the writer, one round at a time."""

    # Between two looks for snapshots that are old enough, seconds.
    SHORTEST_PAUSE = 5.0

    def __init__(self, spark, document, needed_from):
        self.spark, self.document = spark, document
        # Time of the oldest snapshot that a reader still needs, milliseconds; None: nobody does.
        self.needed_from = needed_from
        self.compactions, self.files_before, self.files_after, self.expired = 0, 0, 0, 0
        self.failures = []
        self._thread = None
        self._expired_at = time.monotonic()

    def begin(self):
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._round, daemon=True)
            self._thread.start()

    def settled(self, seconds):
        if self._thread is not None:
            self._thread.join(seconds)

    def _round(self):
        try:
            # Iceberg rewrites in threads that take the session over from this one.
            self.spark._jvm.org.apache.spark.sql.SparkSession.setActiveSession(self.spark._jsparkSession)
            table = common.iceberg_table(self.spark, common.table_name(self.document["target"]))
            self._compact(table)
            pause = max(self.SHORTEST_PAUSE, self.document["upkeep"]["retention_seconds"] / 4)
            if time.monotonic() - self._expired_at >= pause:
                self._expired_at = time.monotonic()
                self._expire(table)
        except Exception as error:
            self.failures.append(common.java_message(error))

    def _compact(self, table):
        stream, run, upkeep = self.document["job"], self.document["stream_run"], self.document["upkeep"]
        _, summary = common.snapshot_of(table)
        if int(summary.get("total-data-files", 0)) < upkeep["fewest_files"]:
            return
        there = position(table, stream, run)
        target = upkeep["target_file_size"]
        rewrite = self.spark._jvm.org.apache.iceberg.spark.actions.SparkActions.get(self.spark._jsparkSession)
        rewrite = rewrite.rewriteDataFiles(table).binPack()
        options = {
            "target-file-size-bytes": target,
            "min-file-size-bytes": target // 2,
            # A file larger than the target is no reason to write it again.
            "max-file-size-bytes": 2**62,
            "min-input-files": upkeep["fewest_files"],
        }
        for key, value in options.items():
            rewrite = rewrite.option(key, str(value))
        for key, value in there.properties(stream, run).items():
            rewrite = rewrite.snapshotProperty(key, value)
        result = rewrite.execute()
        if result.rewrittenDataFilesCount() > 0:
            self.compactions += 1
            self.files_before += result.rewrittenDataFilesCount()
            self.files_after += result.addedDataFilesCount()

    def _expire(self, table):
        table.refresh()
        upkeep = self.document["upkeep"]
        older_than = self.spark._jvm.java.lang.System.currentTimeMillis() - int(upkeep["retention_seconds"] * 1000)
        # What a query read that long ago is the snapshot that was the newest then.
        for snapshot, _ in snapshots(table):
            if snapshot.timestampMillis() <= older_than:
                older_than = snapshot.timestampMillis()
                break
        needed = self.needed_from()
        if needed is not None:
            older_than = min(older_than, needed)
        deletion = Deletion(table.io())
        expire = table.expireSnapshots().expireOlderThan(older_than).retainLast(upkeep["keep_last"])
        expire.cleanExpiredFiles(True).deleteWith(deletion).commit()
        self.expired += deletion.files


class Deletion:
    """A java.util.function.Consumer that deletes files and counts those that held data."""

    def __init__(self, io):
        self._io = io
        self.files = 0

    def accept(self, path):
        self._io.deleteFile(path)
        if str(path).endswith(".parquet"):
            self.files += 1

    class Java:
        implements = ["java.util.function.Consumer"]
