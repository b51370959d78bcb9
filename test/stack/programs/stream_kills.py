"""The three streams, ended at each of their steps as a kill would, and resumed on the same checkpoints: a job for tests."""
import json
import os
import shutil

import common
import stream
import stream_maintenance
import streams

NAMES = ["bronze-ingest", "silver-stream", "gold-refresh"]
STEPS = ["before the commit", "after the commit", "before the report", "during maintenance"]
KILLS = [(name, step) for name in NAMES for step in STEPS]


class Killed(Exception):
    pass


def run(spark, job_uri, report):
    with open(job_uri) as file:
        job = json.load(file)
    # All that nobody needs goes at once.
    stream_maintenance.SHORTEST_PAUSE_SECONDS = 0
    ended, raw = [], job["documents"][0]["raw"]["uri"].replace("file://", "")
    os.makedirs(raw, exist_ok=True)
    for number, kill in enumerate([*KILLS, None]):
        for copy in range(2):
            shutil.copy(job["file"], os.path.join(raw, "part-%02d-%d.parquet" % (number, copy)))
        documents = [{**document, "resume": number > 0, "documents": "%s/%d" % (job["documents_root"], number)} for document in job["documents"]]
        ended.append(live(spark, documents, kill))
    tables = [common.table_name(document["target"]) for document in job["documents"]]
    bronze, silver, gold = tables
    sources = spark.table(bronze).groupBy("_source_file").count().collect()
    spark.table(bronze).createOrReplaceTempView("all_bronze")
    whole = spark.sql(job["documents"][1]["select"].replace("{raw}", "all_bronze"))
    small = spark.sql(job["documents"][2]["select_any_dates"].replace("{silver}", silver))
    answers = {
        "ended": ended,
        "files": len(sources),
        "rows_of_a_file": sorted({row["count"] for row in sources}),
        "silver": spark.table(silver).count() == whole.count(),
        "gold": spark.table(gold).count() == small.count() and first(spark, gold, "sum(web_interactions)") == first(spark, silver, "count_if(channel = 'web')"),
        "batches": [int(common.snapshot_of(common.iceberg_table(spark, table))[1][stream.BATCH]) for table in tables],
    }
    with open(job_uri, "w") as out:
        json.dump(answers, out)


def first(spark, name, select):
    return spark.table(name).selectExpr(select).first()[0]


def live(spark, documents, kill):
    """Run the streams until the kill, or drained where there is none; how the stream that was killed, or all, ended."""
    folder = documents[0]["documents"]
    common.write_document(spark, folder + "/control.json", {"heartbeat": 1, "command": None if kill else "drain"})
    running = [streams.STREAMS[document["job"]](spark, document) for document in documents]
    if kill is None:
        streams.run_streams(spark, running)
        return [one.state for one in running]
    name, step = kill
    arm(next(one for one in running if one.name == name), step)
    try:
        streams.run_streams(spark, running)
    except common.JobError as error:
        return "Killed" in str(error)


def arm(one, step):
    def die(*arguments):
        raise Killed("Killed")

    if step == "before the commit":
        one.write = die
    elif step == "after the commit":
        write = one.write
        one.write = lambda *arguments: (write(*arguments), die())
    elif step == "before the report":
        one.reporter.add_batch = die
    else:
        one.maintenance.run = die
