import { ownedBy } from '../../../../kubernetes/labels'
import type { KubeObject } from '../../../../kubernetes/objects'
import { type ApplicationRequest, driverOf, podShape, sparkConf } from './application-request'
import { applicationLabels, podTemplateOf } from './pod-template'
import { JOBS_FOLDER } from './run-files'

export const APPLICATIONS = 'sparkoperator.k8s.io/v1beta2'
/** A finished application that nobody removed goes by itself. Seconds. */
const LEFT_FOR = 3600

export interface SparkApplication extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly applicationState?: { readonly state?: string; readonly errorMessage?: string }
    readonly driverInfo?: { readonly podName?: string }
    readonly submissionID?: string
  }
}

/** The SparkApplication that carries out one job of a plan. Pure: the same request gives the same manifest. */
export function sparkApplication(request: ApplicationRequest): SparkApplication {
  const { name, module, document, profile, settings, owner } = request
  const { shape, executors } = profile
  return {
    apiVersion: APPLICATIONS,
    kind: 'SparkApplication',
    metadata: { name, labels: applicationLabels(request), ...ownedBy(owner) },
    spec: {
      type: 'Python',
      pythonVersion: '3',
      mode: 'cluster',
      // What the operator tells apart by it is older than any Spark that these jobs run on.
      sparkVersion: '4.0.0',
      image: settings.image,
      imagePullPolicy: 'IfNotPresent',
      ...(settings.pullSecrets.length > 0 && { imagePullSecrets: settings.pullSecrets }),
      mainApplicationFile: `local://${JOBS_FOLDER}/${module}.py`,
      arguments: [document],
      // A job that failed is told, not tried again behind the measurement's back.
      restartPolicy: { type: 'Never' },
      timeToLiveSeconds: LEFT_FOR,
      sparkConf: sparkConf(request),
      driver: {
        ...podShape(driverOf(profile)),
        ...(settings.serviceAccount !== '' && { serviceAccount: settings.serviceAccount }),
        template: podTemplateOf('driver', request),
      },
      executor: {
        ...podShape(shape),
        instances: executors,
        // They go with their driver; until then a list shows how each of them ended.
        deleteOnTermination: false,
        template: podTemplateOf('executor', request),
      },
    },
  }
}
