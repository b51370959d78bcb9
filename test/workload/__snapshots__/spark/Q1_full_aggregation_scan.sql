SELECT
  count(*) AS total_records,
  count(DISTINCT customer_id) AS unique_customers,
  count(DISTINCT session_id) AS unique_sessions,
  COALESCE(CAST(round(TRY_CAST(CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) AS total_revenue,
  COALESCE(CAST(round(TRY_CAST((CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) / NULLIF(count(transaction_amount), 0) AS DECIMAL(38, 9)), 2) AS DOUBLE), (CASE WHEN count(transaction_amount) = count(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) THEN CAST(sum(TRY_CAST(transaction_amount AS DECIMAL(28, 9))) AS DOUBLE) ELSE sum(transaction_amount) END) / NULLIF(count(transaction_amount), 0)) AS avg_transaction
FROM {silver}
