SELECT
  channel,
  count(*) AS total_interactions,
  count(*) FILTER (WHERE customer_journey_stage = 'awareness') AS awareness,
  count(*) FILTER (WHERE customer_journey_stage = 'consideration') AS consideration,
  count(*) FILTER (WHERE customer_journey_stage = 'conversion') AS conversions,
  count(*) FILTER (WHERE customer_journey_stage = 'retention') AS retention,
  COALESCE(CAST(round(TRY_CAST(count(*) FILTER (WHERE customer_journey_stage = 'conversion') * 1e2 / NULLIF(count(*) FILTER (WHERE customer_journey_stage = 'awareness'), 0) AS DECIMAL(38, 9)), 2) AS DOUBLE), count(*) FILTER (WHERE customer_journey_stage = 'conversion') * 1e2 / NULLIF(count(*) FILTER (WHERE customer_journey_stage = 'awareness'), 0)) AS conversion_rate_pct,
  COALESCE(CAST(round(TRY_CAST(CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) AS channel_revenue,
  COALESCE(CAST(round(TRY_CAST(avg(engagement_score) AS DECIMAL(38, 9)), 2) AS DOUBLE), avg(engagement_score)) AS avg_engagement
FROM {silver}
GROUP BY channel
ORDER BY channel_revenue DESC NULLS LAST, channel ASC NULLS FIRST
