"""What a job costs, measured inside it."""
import threading
import time


class Meter:
    """What a job costs, from Spark's own records of its stages: nothing is counted twice for it."""

    SAMPLE_SECONDS = 0.1

    def __init__(self, spark):
        self.spark = spark
        self.context = spark.sparkContext
        self.group = self.context.getLocalProperty("spark.jobGroup.id")
        if self.group is None:
            self.group = "lakebench-job"
            self.context.setJobGroup(self.group, "lakebench")
        self.peak = None
        self._pid = int(spark._jvm.java.lang.ProcessHandle.current().pid()) if self._local() else None
        self._over = threading.Event()
        if self._pid:
            threading.Thread(target=self._sample, daemon=True).start()
        self._started = time.monotonic()

    def _local(self):
        return self.context.master.startswith("local")

    def _sample(self):
        while not self._over.is_set():
            try:
                with open("/proc/%d/status" % self._pid) as status:
                    resident = next(int(l.split()[1]) * 1024 for l in status if l.startswith("VmRSS:"))
                self.peak = max(self.peak or 0, resident)
            except (OSError, StopIteration):
                return
            self._over.wait(self.SAMPLE_SECONDS)

    def stages(self):
        """Stage data of every stage that ran for this job."""
        tracker = self.context.statusTracker()
        store = self.context._jsc.sc().statusStore()
        found = {}
        for job in tracker.getJobIdsForGroup(self.group):
            info = tracker.getJobInfo(job)
            for stage in info.stageIds if info else []:
                try:
                    data = store.lastStageAttempt(stage)
                except Exception:
                    continue
                if data.status().toString() in ("COMPLETE", "ACTIVE"):
                    found[stage] = data
        return found

    def stop(self):
        """Seconds inside the job, bytes, CPU seconds and memory. Unknown is None."""
        elapsed = time.monotonic() - self._started
        self._over.set()
        stages = list(self._settled())
        total = lambda of: sum(of(s) for s in stages)
        return {
            "elapsed_seconds": elapsed,
            "bytes_read": total(lambda s: s.inputBytes()) if stages else None,
            "bytes_written": total(lambda s: s.outputBytes()) if stages else None,
            "shuffle_bytes": total(lambda s: s.shuffleWriteBytes()),
            "cpu_seconds": total(lambda s: s.executorCpuTime()) / 1e9 if stages else None,
            "peak_memory_bytes": self.peak,
            "tasks": total(lambda s: s.numCompleteTasks()),
            "longest_task_seconds": self._longest(stages),
        }

    def _settled(self):
        """The listener that keeps the records runs a little behind."""
        for _ in range(50):
            stages = self.stages().values()
            if all(s.status().toString() == "COMPLETE" for s in stages):
                return stages
            time.sleep(0.02)
        return stages

    def _longest(self, stages):
        """Run time of the longest task of the stage that had it; None where Spark does not keep quantiles."""
        store = self.context._jsc.sc().statusStore()
        gateway = self.context._gateway
        quantiles = gateway.new_array(gateway.jvm.double, 1)
        quantiles[0] = 1.0
        longest = None
        for stage in stages:
            try:
                summary = store.taskSummary(stage.stageId(), stage.attemptId(), quantiles)
                if summary.isDefined():
                    seconds = summary.get().executorRunTime().apply(0) / 1000.0
                    longest = max(longest or 0.0, seconds)
            except Exception:
                continue
        return longest
