SELECT
  channel,
  total_interactions,
  awareness,
  consideration,
  conversions,
  retention,
  COALESCE(CAST(round(TRY_CAST(conversion_rate_pct AS DECIMAL(22, 9)), 2) AS DOUBLE), conversion_rate_pct) AS conversion_rate_pct,
  COALESCE(CAST(round(TRY_CAST(channel_revenue AS DECIMAL(22, 9)), 2) AS DOUBLE), channel_revenue) AS channel_revenue,
  COALESCE(CAST(round(TRY_CAST(avg_engagement AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_engagement) AS avg_engagement
FROM (
SELECT
  channel,
  count(*) AS total_interactions,
  count(*) FILTER (WHERE customer_journey_stage = 'awareness') AS awareness,
  count(*) FILTER (WHERE customer_journey_stage = 'consideration') AS consideration,
  count(*) FILTER (WHERE customer_journey_stage = 'conversion') AS conversions,
  count(*) FILTER (WHERE customer_journey_stage = 'retention') AS retention,
  count(*) FILTER (WHERE customer_journey_stage = 'conversion') * 1e2 / NULLIF(count(*) FILTER (WHERE customer_journey_stage = 'awareness'), 0) AS conversion_rate_pct,
  CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS channel_revenue,
  avg(engagement_score) AS avg_engagement
FROM {silver}
GROUP BY channel
) AS unrounded
ORDER BY channel_revenue DESC NULLS LAST, channel ASC NULLS FIRST
