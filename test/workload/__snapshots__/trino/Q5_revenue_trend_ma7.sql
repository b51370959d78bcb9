WITH daily AS (
  SELECT
    interaction_date,
    count(DISTINCT customer_id) AS dau,
    COALESCE(CAST(round(TRY_CAST(CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS DECIMAL(22, 9)), 2) AS DOUBLE), CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) AS revenue,
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
  COALESCE(CAST(round(TRY_CAST(revenue AS DECIMAL(22, 9)), 2) AS DOUBLE), revenue) AS revenue,
  total_interactions,
  COALESCE(CAST(round(TRY_CAST(revenue_ma7 AS DECIMAL(22, 9)), 2) AS DOUBLE), revenue_ma7) AS revenue_ma7,
  COALESCE(CAST(round(TRY_CAST(dau_ma7 AS DECIMAL(22, 9)), 0) AS DOUBLE), dau_ma7) AS dau_ma7
FROM (
SELECT
  interaction_date,
  dau,
  revenue,
  total_interactions,
  mean_revenue AS revenue_ma7,
  mean_dau AS dau_ma7
FROM trend
) AS unrounded
ORDER BY interaction_date DESC NULLS LAST
LIMIT 90
