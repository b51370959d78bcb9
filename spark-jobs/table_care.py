"""What a run asks of tables beside its stages: digests and sums of their rows, and the removal of what replaced content leaves."""
import time

import common
import raw_data
from meter import Meter


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    fields = ACTIONS[document["job"]](spark, document)
    common.answer(spark, document, meter.stop(), **fields)


def checks(spark, wanted, report):
    """What a run asks of the tables that it made, in the job that makes the last of them: another one would have to be started first."""
    started = time.monotonic()
    report({"phase": "checking the tables"})
    tables = {}
    for role, digest in wanted["tables"].items():
        try:
            tables[role] = check(spark, digest, wanted["fingerprint_limit"])
        except Exception:
            continue  # Asked for again, by a job that says why not.
    found = sums_of(spark, wanted["sources"])
    return {"seconds": time.monotonic() - started, "tables": tables, "sums": found}


def check(spark, digest, limit):
    tidy(spark, digest)
    snapshot_id, summary = common.snapshot_of(common.iceberg_table(spark, common.table_name(digest["table"])))
    small = int(summary["total-files-size"]) <= limit
    return {"snapshot_id": snapshot_id, "fingerprint": fingerprint(spark, digest)["fingerprint"] if small else None}


def fingerprint(spark, document):
    name = common.table_name(document["table"])
    (row,) = spark.sql(document["select"].replace("{table}", name)).collect()
    return {"fingerprint": row["fingerprint"]}


def sums(spark, document):
    return {"sums": sums_of(spark, document["sources"])}


def sums_of(spark, sources):
    """Of each source the rows of its statement, or why there are none."""
    found = {}
    for what, source in sources.items():
        try:
            if "raw" in source:
                raw_data.show_rows(spark, source)
            name = raw_data.RAW_VIEW if "raw" in source else common.table_name(source["table"])
            rows = spark.sql(source["select"].replace("{source}", name)).collect()
            # As text, in which every sum can be said.
            texts = [{column: None if value is None else str(value) for column, value in row.asDict().items()} for row in rows]
            found[what] = {"rows": texts, "problem": None}
        except Exception as error:
            found[what] = {"rows": None, "problem": common.java_message(error)}
    return found


def profile(spark, document):
    """Rows per event date, from that one column."""
    raw_data.show_rows(spark, document)
    rows = spark.sql(document["select"].replace("{raw}", raw_data.RAW_VIEW)).collect()
    return {"dates": [row.asDict() for row in rows]}


def tidy(spark, document):
    """Only the current snapshot stays. Files are removed after the commit that forgets them."""
    name = common.table_name(document["table"])
    table = common.iceberg_table(spark, name)
    if table is None or table.currentSnapshot() is None:
        return {"removed": 0, "layout": None}
    before = sum(1 for _ in table.snapshots())
    now = spark._jvm.java.lang.System.currentTimeMillis()
    table.expireSnapshots().expireOlderThan(now).retainLast(1).cleanExpiredFiles(True).commit()
    return {"removed": before - sum(1 for _ in table.snapshots()), "layout": common.layout_of(spark, name)}


ACTIONS = {"fingerprint": fingerprint, "profile": profile, "sums": sums, "tidy": tidy}

if __name__ == "__main__":
    common.main(run)
