"""The floor: three plain Spark statements over the same raw files, with Spark's and Iceberg's defaults.

One aggregate, one create-table-as-select with month partitions and fan-out, one group-by; with --counting what a straightforward job
does around them as well: it counts its input, its output and its table. Prints one JSON line of seconds inside the statements.

Usage: spark-submit floor.py RAW_FOLDER WAREHOUSE [--counting]
"""
import json
import sys
import time

from pyspark.sql import SparkSession

raw_folder, warehouse = sys.argv[1:3]
counting = "--counting" in sys.argv
spark = (
    SparkSession.builder.config("spark.sql.catalog.floor", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.floor.type", "hadoop")
    .config("spark.sql.catalog.floor.warehouse", warehouse)
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
CHECKED = "event_timestamp event_id customer_id email_raw phone_raw interaction_type transaction_amount channel city_raw state_raw data_quality_flag".split()

VERIFY = "SELECT count(*), %s, count(DISTINCT event_id), min(event_timestamp), max(event_timestamp), %s FROM raw" % (
    ", ".join("count(*) - count(%s)" % c for c in CHECKED),
    ", ".join(
        "count_if(%s)" % c
        for c in (
            "email_raw NOT LIKE '%@%'",
            "email_raw <> trim(email_raw)",
            "upper(email_raw) = email_raw",
            "length(regexp_replace(phone_raw, '[^0-9]', '')) <> 10",
            "data_quality_flag = 'duplicate_suspected'",
        )
    ),
)
DERIVED = {
    "email_clean": "lower(trim(regexp_replace(email_raw, '[.]duplicate', '')))",
    "phone_clean": "CASE WHEN length(regexp_replace(phone_raw, '[^0-9]', '')) = 10 THEN concat('+1', regexp_replace(phone_raw, '[^0-9]', '')) ELSE regexp_replace(phone_raw, '[^0-9]', '') END",
    "state_standardized": "CASE WHEN upper(state_raw) IN ('CA', 'CALIFORNIA') THEN 'CA' WHEN upper(state_raw) IN ('TX', 'TEXAS') THEN 'TX' WHEN upper(state_raw) IN ('NY', 'NEW YORK') THEN 'NY' ELSE upper(state_raw) END",
    "city_standardized": "CASE WHEN upper(city_raw) IN ('NEW YORK', 'NYC') THEN 'New York' WHEN upper(city_raw) = 'LA' THEN 'Los Angeles' ELSE city_raw END",
    "interaction_date": "to_date(event_timestamp)",
    "interaction_hour": "hour(event_timestamp)",
    "interaction_day_of_week": "dayofweek(event_timestamp)",
    "interaction_week_of_year": "weekofyear(event_timestamp)",
    "interaction_month": "month(event_timestamp)",
    "interaction_year": "year(event_timestamp)",
    "is_weekend": "dayofweek(event_timestamp) IN (1, 7)",
    "is_business_hours": "hour(event_timestamp) BETWEEN 9 AND 17",
    "is_peak_hours": "hour(event_timestamp) BETWEEN 12 AND 14 OR hour(event_timestamp) BETWEEN 18 AND 20",
    "customer_value_tier": "CASE WHEN transaction_amount > 500 THEN 'high_value' WHEN transaction_amount > 100 THEN 'medium_value' WHEN transaction_amount > 0 THEN 'low_value' ELSE 'browser_only' END",
    "transaction_size_category": "CASE WHEN transaction_amount > 1000 THEN 'large' WHEN transaction_amount > 250 THEN 'medium' WHEN transaction_amount > 0 THEN 'small' ELSE 'none' END",
    "engagement_score": "CASE WHEN page_views = 0 THEN 0 WHEN page_views <= 2 THEN 1 WHEN page_views <= 5 THEN 2 WHEN page_views <= 10 THEN 3 ELSE 4 END",
    "session_depth_category": "CASE WHEN page_views > 10 THEN 'deep' WHEN page_views > 3 THEN 'medium' WHEN page_views > 0 THEN 'shallow' ELSE 'bounce' END",
    "time_spent_category": "CASE WHEN time_on_site_seconds > 1800 THEN 'long' WHEN time_on_site_seconds > 300 THEN 'medium' WHEN time_on_site_seconds > 0 THEN 'short' ELSE 'none' END",
    "channel_preference": "CASE WHEN channel = 'mobile_app' THEN 'mobile_first' WHEN channel = 'web' THEN 'web_first' WHEN channel = 'store' THEN 'physical_first' ELSE 'omnichannel' END",
    "lifetime_value_estimate": "round(transaction_amount * (1 + points_earned / 1000.0D), 2)",
    "customer_recency_score": "30 - datediff(DATE '2025-01-01', to_date(event_timestamp))",
    "engagement_velocity": "round(page_views / greatest(time_on_site_seconds / 60.0D, 1.0D), 4)",
    "churn_risk_indicator": "CASE WHEN satisfaction_score <= 2 THEN 'high_risk' WHEN satisfaction_score <= 3 THEN 'medium_risk' WHEN satisfaction_score IS NULL THEN 'unknown_risk' ELSE 'low_risk' END",
    "attribution_channel": "coalesce(utm_source, 'direct')",
    "attribution_quality": "CASE WHEN utm_source IS NOT NULL AND utm_medium IS NOT NULL THEN 'high' WHEN utm_source IS NOT NULL THEN 'medium' ELSE 'low' END",
    "customer_journey_stage": "CASE interaction_type WHEN 'browse' THEN 'awareness' WHEN 'abandoned_cart' THEN 'consideration' WHEN 'purchase' THEN 'conversion' WHEN 'support' THEN 'retention' ELSE 'other' END",
    "device_category": "CASE WHEN device_type = 'mobile' THEN 'mobile' WHEN device_type = 'tablet' THEN 'tablet' ELSE 'desktop' END",
    "browser_family": "CASE WHEN browser IN ('chrome', 'edge') THEN 'chromium' WHEN browser = 'safari' THEN 'webkit' WHEN browser = 'firefox' THEN 'gecko' ELSE 'other' END",
    "interaction_context": "concat_ws('|', device_type, browser, channel)",
    "customer_segment_key": "concat_ws(':', loyalty_tier, channel)",
    "silver_processing_timestamp": "current_timestamp()",
    "data_quality_score": "CASE data_quality_flag WHEN 'clean' THEN 1.0D WHEN 'format_inconsistent' THEN 0.8D WHEN 'incomplete_data' THEN 0.6D ELSE 0.5D END",
}
SELECT = "SELECT *, %s FROM raw WHERE data_quality_flag <> 'duplicate_suspected'" % ", ".join("%s AS %s" % (sql, name) for name, sql in DERIVED.items())
SILVER = "CREATE TABLE floor.d.silver USING iceberg PARTITIONED BY (months(interaction_date)) TBLPROPERTIES ('write.distribution-mode'='none', 'write.spark.fanout.enabled'='true') AS " + SELECT
KPIS = """interaction_date, count(DISTINCT customer_id) a, count(DISTINCT email_clean) b, count(DISTINCT session_id) c, sum(transaction_amount) d,
avg(transaction_amount) e, max(transaction_amount) f, count_if(transaction_amount > 0) g, sum(CASE WHEN channel = 'web' THEN transaction_amount ELSE 0 END) h,
sum(CASE WHEN channel = 'mobile_app' THEN transaction_amount ELSE 0 END) i, sum(CASE WHEN channel = 'store' THEN transaction_amount ELSE 0 END) j,
sum(CASE WHEN channel = 'call_center' THEN transaction_amount ELSE 0 END) k, avg(engagement_score) l, avg(time_on_site_seconds) m, avg(page_views) n,
count_if(customer_journey_stage = 'awareness') o, count_if(customer_journey_stage = 'consideration') p, count_if(customer_journey_stage = 'conversion') q,
count_if(customer_journey_stage = 'retention') r, count_if(loyalty_member) s, sum(points_earned) t, sum(points_redeemed) u, count(DISTINCT support_ticket_id) v,
avg(satisfaction_score) w, count_if(churn_risk_indicator = 'high_risk') x, count_if(churn_risk_indicator = 'medium_risk') y, sum(lifetime_value_estimate) z,
avg(lifetime_value_estimate) aa, count_if(channel = 'web') bb, count_if(channel = 'mobile_app') cc, count_if(channel = 'store') dd"""
GOLD = "CREATE TABLE floor.d.gold USING iceberg PARTITIONED BY (months(interaction_date)) AS SELECT %s FROM floor.d.silver GROUP BY interaction_date" % KPIS


def count(text):
    if counting:
        spark.sql("SELECT count(*) FROM (%s)" % text).collect()


def seconds(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def verify():
    count("SELECT * FROM raw")
    spark.sql(VERIFY).collect()


def silver():
    count("SELECT * FROM raw")
    count(SELECT.replace("SELECT *,", "SELECT ", 1))
    spark.sql(SILVER)
    count("SELECT * FROM floor.d.silver")


def gold():
    count("SELECT * FROM floor.d.silver")
    count("SELECT %s FROM floor.d.silver GROUP BY interaction_date" % KPIS)
    spark.sql(GOLD)
    count("SELECT * FROM floor.d.gold")


spark.read.parquet(raw_folder).createOrReplaceTempView("raw")
found = {"verify": seconds(verify), "silver": seconds(silver), "gold": seconds(gold)}
found["total"] = sum(found.values())
print(json.dumps(found))
spark.stop()
