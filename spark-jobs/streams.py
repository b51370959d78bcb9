"""The three streams in one driver, for a Spark on one machine: one Java instead of three."""
import bronze_ingest
import common
import gold_refresh
import silver_stream
import stream_job
from meter import Meter

KINDS = {
    "bronze-ingest": bronze_ingest.BronzeIngest,
    "silver-stream": silver_stream.SilverStream,
    "gold-refresh": gold_refresh.GoldRefresh,
}


def run(spark, job_uri, report):
    document = common.read_document(spark, job_uri)
    meter = Meter(spark)
    parts = [common.read_document(spark, uri) for uri in document["streams"]]
    streams = [KINDS[part["job"]](spark, part) for part in parts]
    stream_job.run_streams(spark, streams)
    common.answer(spark, document, meter.stop(), streams=[stream_job.outcome(s) for s in streams])


if __name__ == "__main__":
    common.main(run)
