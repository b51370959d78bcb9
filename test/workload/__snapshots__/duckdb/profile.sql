SELECT CAST(event_date AS VARCHAR) AS event_date, count(*) AS row_count
FROM (SELECT CAST(event_timestamp AS DATE) AS event_date FROM {bronze}) AS dates
GROUP BY dates.event_date
