import type { Redact } from '../../../../contracts/secrets'
import type { ApplicationRequest } from './application-request'
import type { RunWatch } from './run-watch'

/** State of an application in the operator's words, `''` before anybody took it up; `message` is its error's. */
export interface ApplicationStatus {
  readonly state: string
  readonly message: string
}

/** An application that was handed over to be run. */
export interface HandedOver {
  readonly name: string
  /** From what the run's watches have seen. @throws JobFailedError where somebody else deleted it */
  status(): ApplicationStatus
  /** The same, asked for once: what a watch missed shows here. */
  look(signal: AbortSignal): Promise<ApplicationStatus>
  /** Why it may be that nobody takes it up. */
  notTakenUp(): Error
  /** Delete it, and with it what it owns. */
  remove(): Promise<void>
}

/** What a submission may use of its run. */
export interface RunSurroundings {
  readonly watch: RunWatch
  readonly runDir: string
  readonly redact: Redact
  readonly signal: AbortSignal
}

/** How a cluster is given jobs. */
export interface Submission {
  /** Whether it makes objects of the operator's kind, which a run then has to watch. */
  readonly makesObjects: boolean
  /** @throws an error that names cause and remedy; nothing of the application is left then */
  submit(request: ApplicationRequest, run: RunSurroundings): Promise<HandedOver>
}
