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
  CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS revenue
FROM {silver}
WHERE interaction_date >= (SELECT min(interaction_date) FROM {silver})
  AND interaction_date < (SELECT add_months(min(interaction_date), 3) FROM {silver})
GROUP BY interaction_date, interaction_type
) AS unrounded
ORDER BY interaction_date ASC NULLS FIRST, revenue DESC NULLS LAST, interaction_type ASC NULLS FIRST
