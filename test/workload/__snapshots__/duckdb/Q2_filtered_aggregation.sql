SELECT
  interaction_date,
  interaction_type,
  interactions,
  customers,
  COALESCE(CAST(round(TRY_CAST(revenue AS DECIMAL(22, 9)), 2) AS DOUBLE), revenue) AS revenue
FROM (
SELECT
  interaction_date,
  interaction_type,
  count(*) AS interactions,
  count(DISTINCT customer_id) AS customers,
  CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END AS revenue
FROM {silver}
WHERE interaction_date >= (SELECT min(interaction_date) FROM {silver})
  AND interaction_date < (SELECT CASE WHEN min(interaction_date) < DATE '290000-01-01' THEN CAST(min(interaction_date) + INTERVAL 3 MONTH AS DATE) WHEN min(interaction_date) IS NOT NULL THEN DATE 'infinity' END FROM {silver})
GROUP BY interaction_date, interaction_type
) AS unrounded
ORDER BY interaction_date ASC NULLS FIRST, revenue DESC NULLS LAST, interaction_type ASC NULLS FIRST
