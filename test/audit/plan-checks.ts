import type { Audit } from './audit'
import { GIB } from './numbers'

/** Cores, memory, overhead and scratch of an executor in GiB, from the product page. */
export const SHAPES: Readonly<Record<string, readonly [number, number, number, number]>> = {
  'bronze-verify': [2, 4, 2, 50],
  'silver-build': [4, 48, 12, 150],
  'gold-finalize': [4, 32, 8, 100],
}

/** Below scale 6 the page has two executors. */
export const EXECUTORS = 2

export function checkPlan(audit: Audit): void {
  for (const [job, [cores, memory, overhead, scratch]] of Object.entries(SHAPES)) {
    const at = `plan.jobs[${job}]`
    audit.same(`${at}.requested_executors`, EXECUTORS)
    audit.same(`${at}.executors`, EXECUTORS)
    audit.same(`${at}.shape.cores`, cores)
    audit.same(`${at}.shape.memory`, memory * GIB)
    audit.same(`${at}.shape.memory_overhead`, overhead * GIB)
    audit.same(`${at}.shape.scratch`, scratch * GIB)
  }
  audit.same('plan.scale', audit.at('config_snapshot.architecture.workload.datagen.scale'))
  audit.same('plan.timeout_seconds', 3600)
  audit.same('plan.max_result_size', 8 * GIB)
}
