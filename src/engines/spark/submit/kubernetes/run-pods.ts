import type { Pod } from '../../../../kubernetes/objects'
import type { RunObjects } from '../../../../kubernetes/run-objects'
import { APPLICATION } from './pod-template'

/** Spark's own label. */
const ROLE = 'spark-role'

const podsOf = ({ pods }: RunObjects, app: string, role: string): readonly Pod[] =>
  pods.filter(({ metadata: { labels } }) => labels?.[APPLICATION] === app && labels[ROLE] === role)

/** The driver of an application, as a run's pods were listed last. */
export const driverPod = (objects: RunObjects, app: string): Pod | null =>
  podsOf(objects, app, 'driver')[0] ?? null

export const executorPods = (objects: RunObjects, app: string): readonly Pod[] =>
  podsOf(objects, app, 'executor')
