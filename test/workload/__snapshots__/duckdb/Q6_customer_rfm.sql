WITH per_customer AS (
  SELECT
    customer_id,
    max(interaction_date) AS last_date,
    count(DISTINCT interaction_date) AS frequency,
    COALESCE(CAST(round(TRY_CAST(CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END) AS monetary
  FROM {silver}
  GROUP BY customer_id
), rfm AS (
  SELECT
    frequency,
    monetary,
    date_diff('day', last_date, (SELECT max(last_date) FROM per_customer)) AS recency_days
  FROM per_customer
), segments AS (
  SELECT
    CASE
      WHEN recency_days <= 30 AND frequency >= 20 AND monetary > 1000 THEN 'Champions'
      WHEN recency_days <= 60 AND frequency >= 10 AND monetary > 500 THEN 'Loyal'
      WHEN recency_days <= 30 AND monetary > 200 THEN 'Potential Loyalists'
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
  count(*) AS customer_count,
  COALESCE(CAST(round(TRY_CAST((CASE WHEN isfinite(fsum(monetary)) THEN fsum(monetary) ELSE sum(monetary) END) / NULLIF(count(monetary), 0) AS DECIMAL(38, 9)), 2) AS DOUBLE), (CASE WHEN isfinite(fsum(monetary)) THEN fsum(monetary) ELSE sum(monetary) END) / NULLIF(count(monetary), 0)) AS avg_spend,
  COALESCE(CAST(round(TRY_CAST(avg(frequency) AS DECIMAL(38, 9)), 1) AS DOUBLE), avg(frequency)) AS avg_frequency,
  COALESCE(CAST(round(TRY_CAST(avg(recency_days) AS DECIMAL(38, 9)), 0) AS DOUBLE), avg(recency_days)) AS avg_recency
FROM segments
GROUP BY rfm_segment
ORDER BY avg_spend DESC NULLS LAST, rfm_segment ASC NULLS FIRST
