"""The one driver of a run: spark-submit starts it once, lakebench hands it the jobs one by one.

It connects to the control socket that lakebench listens on (a file that only this user can open; its path comes by the
environment) and speaks JSON lines:

    -> {"hello": true, "spark": version, "pid": n, "python": version}       once, when Spark is ready
    <- {"id": n, "module": "silver_build", "job": "<uri of the job document>"}
    -> {"id": n, "progress": {...}}                                          about twice a second, and what the module reports
    -> {"id": n, "done": true}
     | {"id": n, "error": {"type", "message", "java_class", "stack"}}
    <- {"cancel": n}                                                         the job's Spark jobs are cancelled
    <- {"stop": true}                                                        Spark and this process end

The end of the connection is the end of lakebench: then all of this process group goes, and its scratch folder.

A module lies beside this file and has run(spark, job_uri, report). Its result is a document that it writes to the store; the
lines here only say how the job went.
"""

import importlib
import json
import os
import platform
import queue
import re
import shutil
import signal
import socket
import sys
import threading
import traceback

# A stack longer than this says nothing more, and one line must not fill the socket.
STACK_BYTES = 20_000
FRAMES_KEPT = 12
PROGRESS_SECONDS = 0.5
# How long Spark may take to end by itself once lakebench is gone or wants it to.
END_SECONDS = 2.0


class Control:
    """The connection to lakebench. Sending never raises: its end shows on the reading side."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lock = threading.Lock()

    def send(self, message):
        line = json.dumps(message, default=str).encode("utf-8") + b"\n"
        with self._lock:
            try:
                self._socket.sendall(line)
            except OSError:
                pass

    def lines(self):
        """Messages until the connection ends, however it ends."""
        try:
            with self._socket.makefile("r", encoding="utf-8") as stream:
                for line in stream:
                    yield json.loads(line)
        except (OSError, ValueError):
            return


class Driver:
    def __init__(self, control):
        self.control = control
        self.spark = None
        self.jobs = queue.Queue()
        self.cancelled = set()
        self.stopped = False

    def listen(self):
        """Runs in a thread of its own, so that the end of lakebench is noticed while a job runs."""
        for message in self.control.lines():
            if message.get("stop"):
                self.stopped = True
                break
            if "cancel" in message:
                self.cancelled.add(message["cancel"])
                self.cancel_group(message["cancel"])
            else:
                self.jobs.put(message)
        end_soon()
        self.jobs.put(None)

    def cancel_group(self, number):
        try:
            self.spark.sparkContext.cancelJobGroup(group_of(number))
        except Exception:  # The job may be over, or Spark may not be up yet.
            pass

    def serve(self):
        import pyspark

        self.control.send(
            {"hello": True, "spark": pyspark.__version__, "pid": os.getpid(), "python": platform.python_version()}
        )
        while True:
            message = self.jobs.get()
            if message is None:
                return
            answer = self.carry_out(message)
            self.control.send({"id": message["id"], **answer})
            if self.spark.sparkContext._jsc.sc().isStopped():
                sys.exit("Spark stopped itself; lakebench starts another driver for the next job.")

    def carry_out(self, message):
        """One job to its end: the line that says how it ended."""
        number = message["id"]
        context = self.spark.sparkContext
        progress = Progress(self, number)
        try:
            module = load(message["module"])
            context.setJobGroup(group_of(number), "lakebench " + message["module"], interruptOnCancel=True)
            progress.start()
            module.run(self.spark, message["job"], progress.report)
            progress.stop(done=True)
            return {"done": True}
        except BaseException as error:  # A module that calls sys.exit() fails its job, not the driver.
            progress.stop()
            self.leave_if_java_is_gone()
            return {"error": describe(error)}
        finally:
            self.forget(context)

    def leave_if_java_is_gone(self):
        """Without Java the exit of spark-submit tells the cause; what Python sees of it is a closed socket."""
        try:
            self.spark.sparkContext._jvm.java.lang.System.nanoTime()
        except Exception:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    def forget(self, context):
        """What one job cached or named must not help or hinder the next."""
        try:
            context.setLocalProperty("spark.jobGroup.id", None)
            context.setLocalProperty("spark.job.description", None)
            self.spark.catalog.clearCache()
        except Exception:
            pass


class Progress:
    """Tells about twice a second how far the job is. Nothing that goes wrong here may harm the job."""

    def __init__(self, driver, number):
        self._driver = driver
        self._number = number
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._jobs = set()
        self._live = set()
        self._counts = {}
        # Rows of the job's input, and how many its statements read of them, who may read one more than once.
        self._rows_total, self._reads_total = None, None
        self._last = None

    def start(self):
        self._thread.start()

    def stop(self, done=False):
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        if done and self._rows_total is not None:
            self._tell({"rows": self._rows_total})

    def report(self, progress):
        """
        Given to the module, for what only it knows, e.g. `{"rows_total": 120000}`; `reads_total` where its statements read more rows
        than there are.
        """
        reads = progress.pop("reads_total", None)
        if "rows_total" in progress:
            self._rows_total = progress["rows_total"]
            self._reads_total = max(1, reads or self._rows_total)
        self._tell(progress)

    def _tell(self, progress):
        self._driver.control.send({"id": self._number, "progress": progress})

    def _rows(self, read):
        """Of the input, by the rows that Spark counts each time that one is read; None where the module does not say how many there are."""
        if self._rows_total is None:
            return None
        return min(self._rows_total, read * self._rows_total // self._reads_total)

    def _watch(self):
        try:
            while not self._over.wait(PROGRESS_SECONDS):
                self._look()
            self._look()
        except Exception:
            pass

    def _look(self):
        # Between two Spark jobs of a module there is nothing to cancel, so that one `cancel` is not enough.
        if self._number in self._driver.cancelled:
            self._driver.cancel_group(self._number)
        context = self._driver.spark.sparkContext
        tracker = context.statusTracker()
        for job in tracker.getJobIdsForGroup(group_of(self._number)):
            info = None if job in self._jobs else tracker.getJobInfo(job)
            if info is not None:
                self._jobs.add(job)
                self._live.update(stage for stage in info.stageIds if stage not in self._counts)
        store = context._jsc.sc().statusStore()
        for stage in sorted(self._live):
            self._read(store, stage)
        if not self._counts:
            return
        tasks, tasks_total, rows, read, written = (sum(column) for column in zip(*self._counts.values()))
        progress = {
            "tasks": tasks,
            "tasks_total": tasks_total,
            "rows": self._rows(rows),
            "bytes": read,
            "bytes_written": written,
        }
        if progress != self._last:
            self._last = progress
            self._tell(progress)

    def _read(self, store, stage):
        try:
            data = store.lastStageAttempt(stage)
        except Exception:  # Not there yet, or dropped from the store by many later ones.
            return
        status = data.status().toString()
        if status == "SKIPPED":
            self._counts[stage] = (0, 0, 0, 0, 0)
        else:
            self._counts[stage] = (
                data.numCompleteTasks(),
                data.numTasks(),
                data.inputRecords(),
                data.inputBytes(),
                data.outputBytes(),
            )
        if status in ("SKIPPED", "COMPLETE", "FAILED"):
            self._live.discard(stage)


def group_of(number):
    return "lakebench-{}".format(number)


def load(name):
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError("{!r} is no name of a job module".format(name))
    return importlib.import_module(name)


def describe(error):
    """The error in a few fields; Java's own words where Java failed."""
    throwable = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    found = {
        "type": type(error).__name__,
        "message": str(getattr(error, "_desc", None) or error),
        "java_class": None,
        "stack": shorten(traceback.format_exc()),
    }
    try:
        if throwable is not None:
            found["message"] = str(throwable.getMessage() or throwable.toString())
            found["stack"] = shorten(java_stack(throwable))
            found["java_class"] = innermost(throwable).getClass().getName()
    except Exception:
        pass
    found["message"] = found["message"][:STACK_BYTES]
    return found


def java_stack(throwable):
    from pyspark import SparkContext

    return SparkContext._jvm.org.apache.spark.util.Utils.exceptionString(throwable)


def innermost(throwable):
    for _ in range(50):
        cause = throwable.getCause()
        if cause is None:
            break
        throwable = cause
    return throwable


def shorten(stack):
    """Of each exception the first frames, so that the innermost one still fits."""
    lines = []
    frames = 0
    for line in stack.splitlines():
        frames = frames + 1 if line.lstrip().startswith("at ") else 0
        if frames <= FRAMES_KEPT:
            lines.append(line)
    text = "\n".join(lines)
    half = STACK_BYTES // 2
    return text if len(text) <= STACK_BYTES else text[: half - 3] + "\n…\n" + text[-half:]


def end_soon():
    """Spark has a few seconds to end by itself; a job that runs, or Java that hangs, does not hold this process."""
    timer = threading.Timer(END_SECONDS, end_group)
    timer.daemon = True
    timer.start()


def end_group():
    """Ends spark-submit and all that it started, and removes what may hold secrets: nobody else is left to do it."""
    sys.stderr.flush()
    scratch = os.getcwd()
    if os.path.basename(scratch).startswith("lakebench-spark-"):
        shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def main():
    try:
        control = Control(os.environ["LAKEBENCH_CONTROL_SOCKET"])
    except OSError:
        end_group()
    driver = Driver(control)
    # Before Spark starts: lakebench may end while it does.
    threading.Thread(target=driver.listen, daemon=True).start()

    from pyspark.sql import SparkSession

    driver.spark = SparkSession.builder.getOrCreate()
    driver.serve()
    driver.spark.stop()
    if not driver.stopped:
        end_group()


if __name__ == "__main__":
    main()
