"""Streams from their start to their end: each as a job of its own, or several in one.

Draining goes downstream: a stream whose source is a stream drains when that one has. A stream whose lakebench falls silent stops.
"""
import time

import common
import stream_peers
import stream_text
from meter import Meter

LOOK_SECONDS = 0.25


def run_streams(spark, streams):
    """Until each has drained, stopped or failed; one that fails stops those of this process."""
    for stream in streams:
        stream.tell()
    watches = [(stream.spark, EmptyTriggers(stream)) for stream in streams]
    for session, watch in watches:
        session.streams.addListener(watch)
    try:
        control = stream_peers.Control(spark, streams[0].document["documents"])
        for stream in streams:
            if not stream_peers.upstream_there(spark, stream, streams, control):
                break
            if not opened(stream, control):
                break
            stream.tell()
        while all(s.query is not None for s in streams) and not all(s.over for s in streams):
            time.sleep(LOOK_SECONDS)
            wish = control.wish()
            for stream in streams:
                stream.step(wish, wish != "drain" or stream_peers.upstream_drained(spark, stream, streams))
                stream.tell()
            if any(s.state == "failed" for s in streams):
                break
    except BaseException as error:
        for stream in streams:
            if stream.state == "starting":
                stream.state, stream.error = "failed", stream_text.said(error)
        raise
    finally:
        for stream in streams:
            if not stream.over:
                stream.halt("stopped")
            # Downstream went on meanwhile.
            stream.upkeep.settled(20)
            tell_end(stream)
        for session, watch in watches:
            session.streams.removeListener(watch)
    for stream in streams:
        if stream.state == "failed":
            raise common.JobError(stream.error)


def opened(stream, control):
    """What passes is waited for; False where the stream is not wanted any more."""
    begun = time.monotonic()
    while True:
        try:
            stream.open()
            return True
        except Exception as error:
            if not stream_text.passes(error) or time.monotonic() - begun > stream.document["patience_seconds"]:
                raise
        if control.wish() == "stop":
            return False
        time.sleep(1)


def tell_end(stream):
    """How it ended. Only who drained waits for a store that is away, and must be heard; else the reason for the end is what counts."""
    drained = stream.state == "drained"
    try:
        stream.news.tell_last(stream.progress, stream.document["patience_seconds"] if drained else 0)
    except Exception as error:
        if drained:
            stream.state, stream.error = "failed", stream_text.said(error)
        print("The end of %s is not told: %s" % (stream.name, stream_text.said(error)), flush=True)


def job(kind):
    """The stream as a job of its own: what its module runs."""

    def run(spark, job_uri, report):
        document = common.read_document(spark, job_uri)
        meter = Meter(spark)
        stream = kind(spark, document)
        run_streams(spark, [stream])
        common.answer(spark, document, meter.stop(), streams=[outcome(stream)])

    return run


def outcome(stream):
    ended = {"stream": stream.name, "state": stream.state, "last_batch": stream.news.last_batch, "layout": None}
    if stream.state == "drained":
        try:
            ended["layout"] = common.layout_of(stream.spark, stream.table_name)
        except Exception as error:
            print("The layout of %s is not told: %s" % (stream.table_name, stream_text.said(error)), flush=True)
    return ended


def EmptyTriggers(stream):
    """Counts triggers that found nothing: Spark makes no batch of them."""
    from pyspark.sql.streaming import StreamingQueryListener

    class Listener(StreamingQueryListener):
        def onQueryStarted(self, event):
            pass

        def onQueryProgress(self, event):
            pass

        def onQueryIdle(self, event):
            if stream.query is not None and str(stream.query.id) == str(event.id):
                stream.empty += 1

        def onQueryTerminated(self, event):
            pass

    return Listener()
