"""Who a stream has to do with: lakebench, the stream that it reads, and whoever wrote it before."""
import json
import socket
import time

import common
import stream_text

LOOK_SECONDS = 0.25
# So long without a change of its progress, and a stream on another host is gone.
QUIET_SECONDS = 15.0
# lakebench writes its beat every ten seconds; one that is gone cannot ask anybody to stop.
SILENCE_SECONDS = 120.0
# For whoever wrote this stream before, to be gone.
PREDECESSOR_SECONDS = 60.0


class Control:
    """What lakebench wishes. One that is silent for long is gone, and the stream stops as if asked to."""

    def __init__(self, spark, folder):
        self._spark, self._uri = spark, folder + "/control.json"
        self._beat, self._heard = None, time.monotonic()

    def wish(self):
        try:
            said_now = json.loads(stream_text.read_text(self._spark, self._uri))
        except Exception:
            # A store that is away says nothing of lakebench, for as long as anybody waits for it.
            return "stop" if time.monotonic() - self._heard > 2 * SILENCE_SECONDS else None
        if said_now["beat"] != self._beat:
            self._beat, self._heard = said_now["beat"], time.monotonic()
        return "stop" if time.monotonic() - self._heard > SILENCE_SECONDS else said_now["wish"]


def upstream_state(spark, stream, streams):
    """How the stream is that this one reads, in this process or another; None where it has not begun."""
    name = stream.document["upstream"]
    for other in streams:
        if other.name == name:
            return other.state
    try:
        return json.loads(stream_text.read_text(spark, "%s/%s/progress.json" % (stream.document["documents"], name)))["state"]
    except Exception:
        return None


def upstream_drained(spark, stream, streams):
    return stream.document["upstream"] is None or upstream_state(spark, stream, streams) == "drained"


def upstream_there(spark, stream, streams, control):
    """Waits until the source is a table of this run; False where the stream is not wanted any more."""
    while stream.document["upstream"] is not None:
        if upstream_state(spark, stream, streams) in ("running", "draining", "drained"):
            break
        if control.wish() is not None:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def this_process(spark):
    """The Java that commits, so that a successor can see whether it lives."""
    pid = int(spark._jvm.java.lang.ProcessHandle.current().pid())
    return {"host": socket.gethostname(), "pid": pid, "started": process_start(pid)}


def process_start(pid):
    """Ticks since the boot at which a process began; None where there is none, where it is dead (Z, X), and without /proc."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
            return None if fields[0] in "ZX" else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


def wait_for_predecessor(spark, document, name):
    """
    Whoever wrote this stream before can commit nothing after the claim, but would still write to the checkpoint. So it has to be gone
    first: its process where it was on this host, elsewhere its heartbeat.
    """
    if document["predecessor"] is None:
        return
    uri = "%s/%s/progress.json" % (document["predecessor"], name)
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    seen, since, why = None, time.monotonic(), ""
    while time.monotonic() < deadline:
        try:
            if not stream_text.is_there(spark, uri):
                return  # It never began.
            progress = json.loads(stream_text.read_text(spark, uri))
        except Exception as error:
            why = "%s cannot be read: %s" % (uri, stream_text.said(error))
            time.sleep(LOOK_SECONDS)
            continue
        process = progress["process"]
        why = "it is still written by process %d on %s. End that one first." % (process["pid"], process["host"])
        here = process["host"] == socket.gethostname() and process["started"] is not None
        if progress["state"] in ("drained", "stopped", "failed"):
            return
        if here and process_start(process["pid"]) != process["started"]:
            return
        if progress["updated_ms"] != seen:
            seen, since = progress["updated_ms"], time.monotonic()
        elif not here and time.monotonic() - since > QUIET_SECONDS:
            return
        time.sleep(LOOK_SECONDS)
    raise common.JobError("%s of run %s cannot be taken up: %s" % (name, document["stream_run"], why))
