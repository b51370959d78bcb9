SELECT
  churn_risk_indicator,
  customer_journey_stage,
  device_category,
  interactions,
  at_risk_customers,
  COALESCE(CAST(round(TRY_CAST(avg_engagement AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_engagement) AS avg_engagement,
  COALESCE(CAST(round(TRY_CAST(avg_satisfaction AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_satisfaction) AS avg_satisfaction
FROM (
SELECT
  churn_risk_indicator,
  customer_journey_stage,
  device_category,
  count(*) AS interactions,
  count(DISTINCT customer_id) AS at_risk_customers,
  avg(engagement_score) AS avg_engagement,
  avg(satisfaction_score) AS avg_satisfaction
FROM {silver}
WHERE churn_risk_indicator IN ('high_risk', 'medium_risk')
GROUP BY churn_risk_indicator, customer_journey_stage, device_category
HAVING count(DISTINCT customer_id) > 10
) AS unrounded
ORDER BY at_risk_customers DESC NULLS LAST, churn_risk_indicator ASC NULLS FIRST, customer_journey_stage ASC NULLS FIRST, device_category ASC NULLS FIRST
