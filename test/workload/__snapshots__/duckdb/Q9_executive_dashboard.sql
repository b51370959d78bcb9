WITH days AS (
  SELECT
    *,
    lag(total_daily_revenue) OVER (ORDER BY interaction_date ASC NULLS FIRST) AS previous_revenue,
    lag(daily_active_customers) OVER (ORDER BY interaction_date ASC NULLS FIRST) AS previous_dau
  FROM {gold}
)
SELECT
  interaction_date,
  daily_active_customers,
  COALESCE(CAST(round(TRY_CAST(total_daily_revenue AS DECIMAL(22, 9)), 2) AS DOUBLE), total_daily_revenue) AS total_daily_revenue,
  conversions,
  COALESCE(CAST(round(TRY_CAST(avg_engagement_score AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_engagement_score) AS avg_engagement_score,
  high_churn_risk_count,
  COALESCE(CAST(round(TRY_CAST(revenue_change AS DECIMAL(22, 9)), 2) AS DOUBLE), revenue_change) AS revenue_change,
  COALESCE(CAST(round(TRY_CAST(dau_change_pct AS DECIMAL(22, 9)), 1) AS DOUBLE), dau_change_pct) AS dau_change_pct
FROM (
SELECT
  interaction_date,
  daily_active_customers,
  total_daily_revenue,
  conversions,
  avg_engagement_score,
  high_churn_risk_count,
  total_daily_revenue - previous_revenue AS revenue_change,
  (daily_active_customers - previous_dau) * 1e2 / NULLIF(previous_dau, 0) AS dau_change_pct
FROM days
) AS unrounded
ORDER BY interaction_date DESC NULLS LAST
LIMIT 30
