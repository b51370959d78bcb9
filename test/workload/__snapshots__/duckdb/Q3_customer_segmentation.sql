SELECT
  customer_value_tier,
  channel_preference,
  customers,
  COALESCE(CAST(round(TRY_CAST(total_spend AS DECIMAL(22, 9)), 2) AS DOUBLE), total_spend) AS total_spend,
  COALESCE(CAST(round(TRY_CAST(avg_engagement AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_engagement) AS avg_engagement,
  COALESCE(CAST(round(TRY_CAST(avg_ltv AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_ltv) AS avg_ltv
FROM (
SELECT
  customer_value_tier,
  channel_preference,
  count(DISTINCT customer_id) AS customers,
  CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END AS total_spend,
  avg(engagement_score) AS avg_engagement,
  (CASE WHEN isfinite(fsum(lifetime_value_estimate)) THEN fsum(lifetime_value_estimate) ELSE sum(lifetime_value_estimate) END) / NULLIF(count(lifetime_value_estimate), 0) AS avg_ltv
FROM {silver}
WHERE transaction_amount > 0
GROUP BY customer_value_tier, channel_preference
) AS unrounded
ORDER BY total_spend DESC NULLS LAST, customer_value_tier ASC NULLS FIRST, channel_preference ASC NULLS FIRST
