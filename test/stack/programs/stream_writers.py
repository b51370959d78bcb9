"""Writers of one stream that meet in its table: a job for tests, over the parts that the streams commit with."""
import json
import os

import common
import stream_commit
import stream_table
import stream_upkeep
import streaming

STREAM, RUN = "silver-stream", "run-1"


def run(spark, job_uri, report):
    target = {"catalog": "lake", "namespace": "db", "table": "t", "partition": None, "location": None, "properties": {}}
    name = common.table_name(target)
    schema = spark.range(0).schema
    writer = Writer(spark, name)
    answers = {}
    checkpoint = job_uri + "-checkpoint"

    def claim(run=RUN):
        return stream_commit.claim(spark, target, STREAM, run, schema, checkpoint)

    def standing():
        there = stream_table.position(common.iceberg_table(spark, name), STREAM, RUN)
        return [there.epoch, there.batch] if there is not None else None

    def rows():
        return sorted(row.id for row in spark.table(name).collect())

    first = claim()
    one = writer.batch(first, [1])
    stale = writer.staged([90])
    answers["staged_rows"] = rows()

    # Paused between its check and its commit; meanwhile another takes up, commits, rewrites and expires.
    second = claim()
    answers["claimed"] = standing()
    position = second
    for n in range(2, 7):
        position = writer.batch(position, [n])
    writer.compact()
    writer.expire()
    answers["stale"] = writer.refused(stale, one)
    answers["stale_replacing"] = writer.refused(stale, one, replacing=True)
    answers["stale_claim"] = writer.refused_claim(one)
    answers["after_stale"] = [rows(), standing()]

    # A batch twice: as after a commit whose answer was lost.
    answers["twice"] = writer.refused(writer.staged([6]), second)

    # A rewrite between a batch's two steps is none of its business.
    staged = writer.staged([7])
    writer.compact()
    met = stream_table.position(common.iceberg_table(spark, name), STREAM, RUN)
    position = writer.publish(staged, position)
    written = common.snapshot_of(common.iceberg_table(spark, name))[0]
    answers["says"] = writer.says(written)
    # One that a batch overtook says what it met, until the batch's word is repeated.
    writer.compact(met)
    answers["overtaken"] = writer.says(written)
    upkeep = stream_upkeep.Upkeep(spark, {"job": STREAM, "stream_run": RUN}, None)
    upkeep._say_again(common.iceberg_table(spark, name), met)
    answers["said_again"] = writer.says(written)
    answers["rewritten"] = [rows(), standing()]

    # Everything that was staged and never published goes with its snapshots; what was published stays.
    writer.expire()
    writer.expire()
    answers["expired"] = [rows(), len(list(common.iceberg_table(spark, name).snapshots()))]

    staged = writer.staged([8, 9])
    position = writer.publish(staged, position, replacing=True)
    answers["replaced"] = [rows(), standing()]

    # Made anew by somebody else, with its properties: what it holds is none of this run's, nor is what a checkpoint says of it.
    answers["needed_from"] = [needed(spark, target, since) for since in ("", "%d@0" % oldest(spark, name))]
    staged = writer.staged([92])
    spark.table(name).where("id = 8").writeTo(name).using("iceberg").createOrReplace()
    os.makedirs(checkpoint)
    answers["made_anew"] = [standing(), writer.refused(staged, position)]
    position = claim()
    answers["begun_again"] = [rows(), standing(), os.path.exists(checkpoint)]
    position = writer.batch(position, [10])

    # The table of another run.
    staged = writer.staged([91])
    claim("run-2")
    answers["other_run"] = writer.refused(staged, position)
    answers["other_run_rows"] = rows()
    with open(job_uri, "w") as out:
        json.dump(answers, out)


def oldest(spark, name):
    return list(stream_table.snapshots(common.iceberg_table(spark, name)))[-1][0].snapshotId()


def needed(spark, target, since):
    """Whether a table keeps all its snapshots, or those from the one on that its reader began its last batch at."""
    name = common.table_name(target)

    class Reader:
        document = {"reader": {"table": target, "stream": STREAM}}
        run, table_name = RUN, name

    Reader.spark = spark
    table = common.iceberg_table(spark, name)
    there = stream_table.position(table, STREAM, RUN)
    there.since = since
    stream_commit.commit(table.newAppend(), table, STREAM, RUN, there, there.properties(STREAM, RUN))
    time = streaming.Stream.needed_from(Reader)
    return "all" if time == 0 else "from the oldest" if time == table.snapshot(int(since.split("@")[0])).timestampMillis() else time


class Writer:
    def __init__(self, spark, name):
        self.spark, self.name = spark, name

    def staged(self, ids):
        frame = self.spark.createDataFrame([(i,) for i in ids], "id BIGINT").repartition(1)
        return stream_commit.stage(self.spark, self.name, frame, {})

    def publish(self, staged, before, replacing=False):
        after = stream_table.Position(before.epoch, before.batch + 1, "q", before.batch + 1, "o")
        properties = {common.CORPUS: "corpus of batch %d" % after.batch, **after.properties(STREAM, RUN)}
        stream_commit.publish(self.spark, self.name, staged, STREAM, RUN, before, properties, replacing)
        return after

    def batch(self, before, ids):
        return self.publish(self.staged(ids), before)

    def refused(self, staged, before, replacing=False):
        try:
            self.publish(staged, before, replacing)
        except stream_commit.Fenced as error:
            return str(error)

    def refused_claim(self, before):
        table = common.iceberg_table(self.spark, self.name)
        try:
            stream_commit.commit(table.newAppend(), table, STREAM, RUN, before, before.properties(STREAM, RUN))
        except stream_commit.Fenced as error:
            return str(error)

    def says(self, written):
        """Of which corpus the newest snapshot is, and whether it names the one that brought the rows."""
        snapshot_id, summary = common.snapshot_of(common.iceberg_table(self.spark, self.name))
        return [summary.get(common.CORPUS), summary.get(common.ROWS_OF, snapshot_id) == written]

    def compact(self, position=None):
        table = common.iceberg_table(self.spark, self.name)
        position = position or stream_table.position(table, STREAM, RUN)
        rewrite = self.spark._jvm.org.apache.iceberg.spark.actions.SparkActions.get(self.spark._jsparkSession)
        rewrite = rewrite.rewriteDataFiles(table).binPack().option("rewrite-all", "true")
        for key, value in position.properties(STREAM, RUN).items():
            rewrite = rewrite.snapshotProperty(key, value)
        rewrite.execute()

    def expire(self):
        table = common.iceberg_table(self.spark, self.name)
        now = self.spark._jvm.java.lang.System.currentTimeMillis()
        table.expireSnapshots().expireOlderThan(now).retainLast(1).cleanExpiredFiles(True).commit()
