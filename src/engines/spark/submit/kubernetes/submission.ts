import type { KubeObject, Pod } from '../../../../kubernetes/objects'
import type { RunObjects } from '../../../../kubernetes/run-objects'
import type { Redact } from '../../../../shared/redaction'
import { APPLICATION, type ApplicationRequest } from './application-request'

/** An application as the operator keeps it. */
export interface SparkApplication extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly applicationState?: { readonly state?: string; readonly errorMessage?: string }
  }
}

/** State of an application in the operator's words, `''` before anybody took it up; `message` is its error's. */
export interface ApplicationStatus {
  readonly state: string
  readonly message: string
}

export interface SubmittedApplication {
  readonly name: string
  /** The state that the run's objects show; an object that they lack is asked for. @throws JobFailedError where somebody else deleted it */
  status(signal: AbortSignal): Promise<ApplicationStatus>
  /** Delete it, and with it what it owns. */
  remove(): Promise<void>
}

/** The parts of a run that a submission may use. */
export interface SubmitContext {
  readonly objects: RunObjects<SparkApplication>
  readonly runDir: string
  readonly redact: Redact
  readonly signal: AbortSignal
}

/** A way to give jobs to a cluster. */
export interface Submission {
  /** Path of the collection of the operator's objects that it makes; `null`: it makes pods alone. */
  readonly collection: string | null
  /** @throws an error that names cause and remedy; nothing of the application is left then */
  submit(request: ApplicationRequest, context: SubmitContext): Promise<SubmittedApplication>
}

/** Spark's own label. */
const ROLE = 'spark-role'

const podsOf = ({ pods }: RunObjects, app: string, role: string): readonly Pod[] =>
  pods.filter(({ metadata: { labels } }) => labels?.[APPLICATION] === app && labels[ROLE] === role)

/** The driver of an application, as a run's pods were listed last. */
export const driverPod = (objects: RunObjects, app: string): Pod | null =>
  podsOf(objects, app, 'driver')[0] ?? null

export const executorPods = (objects: RunObjects, app: string): readonly Pod[] =>
  podsOf(objects, app, 'executor')
