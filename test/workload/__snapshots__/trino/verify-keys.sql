SELECT
  CASE set_number WHEN 3 THEN 'id' WHEN 5 THEN 'date' ELSE 'flag' END AS kind,
  CAST(event_date AS VARCHAR) AS event_date,
  flag,
  sum(n) AS row_count,
  count(id_hash) AS ids,
  sum(CASE WHEN id_hash IS NOT NULL THEN n ELSE 0 END) AS rows_with_id,
  replace(CAST(CAST(min(first_time) AS TIMESTAMP(6)) AS VARCHAR), ' ', 'T') AS min_timestamp,
  replace(CAST(CAST(max(last_time) AS TIMESTAMP(6)) AS VARCHAR), ' ', 'T') AS max_timestamp,
  sum(outside) AS outside_window,
  sum(unfit_values) AS unfit
FROM (
SELECT
  grouping_id(id_hash, event_date, flag) AS set_number,
  id_hash,
  event_date,
  flag,
  count(*) AS n,
  min(event_timestamp) AS first_time,
  max(event_timestamp) AS last_time,
  count(*) FILTER (WHERE event_timestamp < CAST(TIMESTAMP '2024-01-01 00:00:00' AS TIMESTAMP(6)) OR event_timestamp >= CAST(TIMESTAMP '2025-01-01 00:00:00' AS TIMESTAMP(6))) AS outside,
  sum(unfit) AS unfit_values
FROM (
SELECT
  xxhash64(to_utf8(event_id)) AS id_hash,
  CAST(event_timestamp AS DATE) AS event_date,
  data_quality_flag AS flag,
  event_timestamp,
  0 AS unfit
FROM {bronze}
) AS keyed
GROUP BY GROUPING SETS ((id_hash), (event_date), (flag))
) AS counted
GROUP BY set_number, event_date, flag
