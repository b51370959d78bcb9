SELECT
  count(*) AS total_records,
  count(DISTINCT customer_id) AS unique_customers,
  count(DISTINCT session_id) AS unique_sessions,
  COALESCE(CAST(round(TRY_CAST(CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END AS DECIMAL(38, 9)), 2) AS DOUBLE), CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END) AS total_revenue,
  COALESCE(CAST(round(TRY_CAST((CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END) / NULLIF(count(transaction_amount), 0) AS DECIMAL(38, 9)), 2) AS DOUBLE), (CASE WHEN isfinite(fsum(transaction_amount)) THEN fsum(transaction_amount) ELSE sum(transaction_amount) END) / NULLIF(count(transaction_amount), 0)) AS avg_transaction
FROM {silver}
