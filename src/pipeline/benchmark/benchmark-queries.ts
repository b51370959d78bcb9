import type { DialectName } from '../../contracts/ports'
import { DIALECTS } from '../../workload/dialects/all'
import { resultFingerprint } from '../../workload/fingerprint'
import { QUERIES } from '../../workload/queries'
import type { BenchmarkQuery } from './query-benchmark'

/** The eight queries in one dialect, with their fingerprints. */
export function benchmarkQueries(dialect: DialectName): BenchmarkQuery[] {
  return QUERIES.map(query => ({
    name: query.id,
    display_name: query.display_name,
    class: query.class,
    sql: query.render(DIALECTS[dialect]),
    one_row: query.order_by.length === 0,
    fingerprint: response => resultFingerprint(response.columns, response.rows, query),
  }))
}
