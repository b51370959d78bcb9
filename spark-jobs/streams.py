"""Runs streams from their start to their end: one on a cluster, where each has a driver, or all three in one driver.

A stream begins when the one before it runs, and drains when that one has drained. lakebench commands in the store, and proves there that
it lives:

    <documents>/control.json                     {"heartbeat": n, "command": null | "drain" | "stop"}
"""
import json
import time

import bronze_ingest
import common
import gold_refresh
import silver_stream
import stream_errors
from meter import Meter

STREAMS = {
    "bronze-ingest": bronze_ingest.BronzeIngest,
    "silver-stream": silver_stream.SilverStream,
    "gold-refresh": gold_refresh.GoldRefresh,
}
LOOK_SECONDS = 0.25
# lakebench writes a heartbeat every ten seconds; without any it is gone, and the streams stop.
SILENCE_SECONDS = 120.0


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    parts = [common.read_document(spark, uri) for uri in document["streams"]] if document["job"] == "streams" else [document]
    streams = [STREAMS[part["job"]](spark, part) for part in parts]
    run_streams(spark, streams)
    common.answer(spark, document, meter.stop(), streams=[outcome(stream) for stream in streams])


def run_streams(spark, streams):
    """Run until each has drained, stopped or failed; one that fails stops the others of this process."""
    control = Control(spark, streams[0].document["documents"])
    listener = idle_listener(streams)
    spark.streams.addListener(listener)
    try:
        for stream in streams:
            stream.reporter.report()
        if all(opened(stream, control) for stream in streams):
            while not all(s.is_over for s in streams) and not any(s.state == "failed" for s in streams):
                time.sleep(LOOK_SECONDS)
                command = control.command()
                for stream in streams:
                    stream.step(command, command == "drain" and upstream_state(stream) in (None, "drained"))
                    stream.reporter.report()
    except BaseException as error:
        for stream in streams:
            if stream.state == "starting":
                stream.state, stream.error = "failed", stream_errors.message_of(error)
        raise
    finally:
        for stream in streams:
            stream.halt(stream.state if stream.is_over else "stopped")
            report_end(stream)
        spark.streams.removeListener(listener)
    for stream in streams:
        if stream.state == "failed":
            raise common.JobError(stream.error)


def opened(stream, control):
    """Open a stream when the one before it runs, however long a store is away; False where it is not wanted any more."""
    while stream.document["upstream"] is not None and upstream_state(stream) not in ("running", "draining", "drained"):
        if control.command() is not None:
            return False
        time.sleep(LOOK_SECONDS)
    deadline = time.monotonic() + stream.document["retry_seconds"]
    while True:
        try:
            stream.open()
            stream.reporter.report()
            return True
        except Exception as error:
            if not stream_errors.is_transient(error) or time.monotonic() > deadline:
                raise
        if control.command() == "stop":
            return False
        time.sleep(1)


def upstream_state(stream):
    """State of the stream that writes the source, as it reports; None for the first stream, "" if there is no report."""
    if stream.document["upstream"] is None:
        return None
    try:
        uri = "%s/%s/progress.json" % (stream.document["documents"], stream.document["upstream"])
        return json.loads(common.read_text(stream.spark, uri))["state"]
    except Exception:
        return ""


def report_end(stream):
    """Report how a stream ended. Draining counts only if lakebench can read of it, so a store that is away is waited for."""
    drained = stream.state == "drained"
    try:
        stream.reporter.report_final(stream.document["retry_seconds"] if drained else 0)
    except Exception as error:
        if drained:
            stream.state, stream.error = "failed", stream_errors.message_of(error)
        print("The end of %s is not reported: %s" % (stream.name, stream_errors.message_of(error)), flush=True)


def outcome(stream):
    ended = {"stream": stream.name, "state": stream.state, "last_batch": stream.reporter.last_batch, "layout": None}
    if stream.state == "drained":
        try:
            ended["layout"] = common.layout_of(stream.spark, stream.table_name)
        except Exception as error:
            print("The layout of %s is not reported: %s" % (stream.table_name, stream_errors.message_of(error)), flush=True)
    return ended


class Control:
    """Reads lakebench's command; its silence is the command to stop. While the store is away nobody can tell that it is silent."""

    def __init__(self, spark, folder):
        self._spark, self._uri = spark, folder + "/control.json"
        self._heartbeat, self._heard = None, time.monotonic()

    def command(self):
        try:
            control = json.loads(common.read_text(self._spark, self._uri))
        except Exception:
            self._heard = time.monotonic()
            return None
        if control["heartbeat"] != self._heartbeat:
            self._heartbeat, self._heard = control["heartbeat"], time.monotonic()
        return "stop" if time.monotonic() - self._heard > SILENCE_SECONDS else control["command"]


def idle_listener(streams):
    """Counts triggers that found nothing in a table: Spark makes no batch of them."""
    from pyspark.sql.streaming import StreamingQueryListener

    class IdleListener(StreamingQueryListener):
        onQueryStarted = onQueryProgress = onQueryTerminated = lambda self, event: None

        def onQueryIdle(self, event):
            for stream in streams:
                if stream.query is not None and str(stream.query.id) == str(event.id):
                    stream.empty += 1

    return IdleListener()


if __name__ == "__main__":
    common.main(run)
