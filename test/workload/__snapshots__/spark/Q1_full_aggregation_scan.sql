SELECT
  total_records,
  unique_customers,
  unique_sessions,
  COALESCE(CAST(round(TRY_CAST(total_revenue AS DECIMAL(22, 9)), 2) AS DOUBLE), total_revenue) AS total_revenue,
  COALESCE(CAST(round(TRY_CAST(avg_transaction AS DECIMAL(22, 9)), 2) AS DOUBLE), avg_transaction) AS avg_transaction
FROM (
SELECT
  count(*) AS total_records,
  count(DISTINCT customer_id) AS unique_customers,
  count(DISTINCT session_id) AS unique_sessions,
  CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS total_revenue,
  (CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) / NULLIF(count(transaction_amount), 0) AS avg_transaction
FROM {silver}
) AS unrounded
