WITH daily AS (
  SELECT
    interaction_date,
    count(DISTINCT customer_id) AS dau,
    COALESCE(CAST(round(TRY_CAST(CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END) AS revenue,
    count(*) AS total_interactions
  FROM {silver}
  GROUP BY interaction_date
), trend AS (
  SELECT
    *,
    avg(revenue) OVER (ORDER BY interaction_date ASC NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_revenue,
    avg(dau) OVER (ORDER BY interaction_date ASC NULLS FIRST ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_dau
  FROM daily
)
SELECT
  interaction_date,
  dau,
  revenue,
  total_interactions,
  COALESCE(CAST(round(TRY_CAST(mean_revenue AS DECIMAL(38, 9)), 2) AS DOUBLE), mean_revenue) AS revenue_ma7,
  COALESCE(CAST(round(TRY_CAST(mean_dau AS DECIMAL(38, 9)), 0) AS DOUBLE), mean_dau) AS dau_ma7
FROM trend
ORDER BY interaction_date DESC NULLS LAST
LIMIT 90
