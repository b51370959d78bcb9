WITH per_customer AS (
  SELECT
    customer_id,
    max(interaction_date) AS last_date,
    count(DISTINCT interaction_date) AS frequency,
    CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS spend
  FROM {silver}
  GROUP BY customer_id
), rfm AS (
  SELECT
    frequency,
    COALESCE(CAST(round(TRY_CAST(spend AS DECIMAL(22, 9)), 2) AS DOUBLE), spend) AS monetary,
    date_diff('day', last_date, (SELECT max(last_date) FROM per_customer)) AS recency_days
  FROM per_customer
), segments AS (
  SELECT
    CASE
      WHEN recency_days <= 30 AND frequency >= 20 AND (monetary > 1000 OR is_nan(monetary)) THEN 'Champions'
      WHEN recency_days <= 60 AND frequency >= 10 AND (monetary > 500 OR is_nan(monetary)) THEN 'Loyal'
      WHEN recency_days <= 30 AND (monetary > 200 OR is_nan(monetary)) THEN 'Potential Loyalists'
      WHEN recency_days <= 90 AND frequency >= 5 THEN 'At Risk'
      WHEN recency_days > 180 THEN 'Lost'
      ELSE 'Casual'
    END AS rfm_segment,
    frequency,
    monetary,
    recency_days
  FROM rfm
)
SELECT
  rfm_segment,
  customer_count,
  COALESCE(CAST(round(TRY_CAST(avg_spend AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_spend) AS avg_spend,
  COALESCE(CAST(round(TRY_CAST(avg_frequency AS DECIMAL(22, 9)), 1) AS DOUBLE), avg_frequency) AS avg_frequency,
  COALESCE(CAST(round(TRY_CAST(avg_recency AS DECIMAL(22, 9)), 0) AS DOUBLE), avg_recency) AS avg_recency
FROM (
SELECT
  rfm_segment,
  count(*) AS customer_count,
  (CASE WHEN count(monetary) = count(TRY_CAST(monetary AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(monetary AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(monetary) END) / NULLIF(count(monetary), 0) AS avg_spend,
  avg(frequency) AS avg_frequency,
  avg(recency_days) AS avg_recency
FROM segments
GROUP BY rfm_segment
) AS unrounded
ORDER BY avg_spend DESC NULLS LAST, rfm_segment ASC NULLS FIRST
