"""Upkeep of a stream's table beside its writer."""
import threading
import time

import common
import stream_commit
import stream_table


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
        there = stream_table.position(table, stream, run)
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
            self._say_again(table, there)
            self.compactions += 1
            self.files_before += result.rewrittenDataFilesCount()
            self.files_after += result.addedDataFilesCount()

    def _say_again(self, table, written):
        """
        A rewrite says what it met when it began. Where a batch was faster, its word is repeated, for who looks at the newest snapshot
        alone; a still later batch speaks for itself.
        """
        stream, run = self.document["job"], self.document["stream_run"]
        table.refresh()
        there = stream_table.position(table, stream, run)
        if there.batch == written.batch:
            return
        try:
            stream_commit.commit(table.newAppend(), table, stream, run, there, there.properties(stream, run))
        except stream_commit.Fenced:
            pass

    def _expire(self, table):
        table.refresh()
        upkeep = self.document["upkeep"]
        older_than = self.spark._jvm.java.lang.System.currentTimeMillis() - int(upkeep["retention_seconds"] * 1000)
        # What a query read that long ago is the snapshot that was the newest then.
        for snapshot, _ in stream_table.snapshots(table):
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
