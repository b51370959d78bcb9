SELECT
  customer_value_tier,
  channel_preference,
  count(DISTINCT customer_id) AS customers,
  COALESCE(CAST(round(TRY_CAST(CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) AS total_spend,
  COALESCE(CAST(round(TRY_CAST(avg(engagement_score) AS DECIMAL(38, 9)), 2) AS DOUBLE), avg(engagement_score)) AS avg_engagement,
  COALESCE(CAST(round(TRY_CAST((CASE WHEN count(lifetime_value_estimate) = count(TRY_CAST(lifetime_value_estimate AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(lifetime_value_estimate AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(lifetime_value_estimate) END) / NULLIF(count(lifetime_value_estimate), 0) AS DECIMAL(38, 9)), 2) AS DOUBLE), (CASE WHEN count(lifetime_value_estimate) = count(TRY_CAST(lifetime_value_estimate AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(lifetime_value_estimate AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(lifetime_value_estimate) END) / NULLIF(count(lifetime_value_estimate), 0)) AS avg_ltv
FROM {silver}
WHERE transaction_amount > 0
GROUP BY customer_value_tier, channel_preference
ORDER BY total_spend DESC NULLS LAST, customer_value_tier ASC NULLS FIRST, channel_preference ASC NULLS FIRST
