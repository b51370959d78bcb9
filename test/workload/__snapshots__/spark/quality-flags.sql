SELECT data_quality_flag, count(*) AS row_count FROM {bronze} GROUP BY data_quality_flag
