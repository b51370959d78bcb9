"""Maintenance of a stream's table, after a batch and before the next: compaction of small files, expiry of snapshots."""
import time

import common

# The snapshot that the batch before the last one read up to: Spark may plan the last batch again from there.
READ_FROM = "lakebench.read-from"
SHORTEST_PAUSE_SECONDS = 5.0


class Maintenance:
    """Maintains one table, and counts what it did. A failure is reported, and tried again after a later batch."""

    def __init__(self, spark, document):
        self.spark, self.document, self.options = spark, document, document["maintenance"]
        self.table_name = common.table_name(document["target"])
        self.compactions, self.files_before, self.files_after, self.expired = 0, 0, 0, 0
        self.failures = []
        # The query is about to be stopped, which interrupts what is under way.
        self.stopping = False
        self._expired_at = time.monotonic()

    def counts(self):
        """The fields of progress.json that are of maintenance."""
        return {
            "compactions": self.compactions,
            "files_before": self.files_before,
            "files_after": self.files_after,
            "expired_files": self.expired,
            "maintenance_failures": list(self.failures),
        }

    def run(self):
        try:
            table = common.iceberg_table(self.spark, self.table_name)
            self._compact(table)
            pause = max(SHORTEST_PAUSE_SECONDS, self.options["retention_seconds"] / 4)
            if time.monotonic() - self._expired_at >= pause:
                self._expired_at = time.monotonic()
                self._expire(table)
        except Exception as error:
            if not self.stopping:
                self.failures.append(common.java_message(error))

    def _compact(self, table):
        snapshot_id, summary = common.snapshot_of(table)
        if int(summary.get("total-data-files", 0)) < self.options["fewest_files"]:
            return
        target = self.options["target_file_size"]
        # Iceberg rewrites in threads that inherit the session.
        self.spark._jvm.org.apache.spark.sql.SparkSession.setActiveSession(self.spark._jsparkSession)
        rewrite = self.spark._jvm.org.apache.iceberg.spark.actions.SparkActions.get(self.spark._jsparkSession)
        rewrite = rewrite.rewriteDataFiles(table).binPack()
        options = {
            "target-file-size-bytes": target,
            "min-file-size-bytes": target // 2,
            # A file larger than the target is no reason to write it again.
            "max-file-size-bytes": 2**62,
            "min-input-files": self.options["fewest_files"],
        }
        for key, value in options.items():
            rewrite = rewrite.option(key, str(value))
        for key, value in common.carried_over(snapshot_id, summary).items():
            rewrite = rewrite.snapshotProperty(key, value)
        result = rewrite.execute()
        if result.rewrittenDataFilesCount() > 0:
            self.compactions += 1
            self.files_before += result.rewrittenDataFilesCount()
            self.files_after += result.addedDataFilesCount()

    def _expire(self, table):
        table.refresh()
        older_than = self.spark._jvm.java.lang.System.currentTimeMillis() - int(self.options["retention_seconds"] * 1000)
        # A query that began that long ago reads the snapshot that was the newest then.
        snapshot = table.currentSnapshot()
        while snapshot is not None and snapshot.timestampMillis() > older_than:
            parent = snapshot.parentId()
            snapshot = None if parent is None else table.snapshot(parent)
        older_than = older_than if snapshot is None else snapshot.timestampMillis()
        deletion = Deletion(table.io())
        expire = table.expireSnapshots().expireOlderThan(min(older_than, self._oldest_needed(table)))
        expire.retainLast(self.options["keep_last"]).cleanExpiredFiles(True).deleteWith(deletion).commit()
        self.expired += deletion.files

    def _oldest_needed(self, table):
        """Milliseconds of the oldest snapshot that the stream which reads this table may still read."""
        if self.document["reader"] is None:
            return 2**62
        _, summary = common.snapshot_of(common.iceberg_table(self.spark, common.table_name(self.document["reader"])))
        snapshot = table.snapshot(int(summary[READ_FROM])) if summary.get(READ_FROM) else None
        return 0 if snapshot is None else snapshot.timestampMillis()


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
