import type { KubeApi } from '../../../../kubernetes/kube-api'
import { hasStatus } from '../../../../kubernetes/kube-error'
import { ownedBy } from '../../../../kubernetes/objects'
import { deletedByOthers, noKind } from './application-failure'
import {
  type ApplicationRequest,
  applicationLabels,
  driverOf,
  podShape,
  podTemplateOf,
  sparkConf,
} from './application-request'
import { JOBS_FOLDER } from './run-files'
import type {
  SparkApplication,
  Submission,
  SubmitContext,
  SubmittedApplication,
} from './submission'

const APPLICATIONS = 'sparkoperator.k8s.io/v1beta2'
/** A finished application that nobody removed goes by itself. Seconds. */
const LEFT_FOR = 3600

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

/** Jobs as SparkApplications, which the spark-operator submits and keeps the state of. */
export class OperatorSubmission implements Submission {
  readonly collection: string

  constructor(private readonly api: KubeApi) {
    this.collection = api.in(APPLICATIONS, 'sparkapplications')
  }

  async submit(
    request: ApplicationRequest,
    { objects, signal }: SubmitContext,
  ): Promise<SubmittedApplication> {
    const { api } = this
    const { name } = request
    const created = await api
      .create(this.collection, sparkApplication(request), signal)
      .catch(error => {
        throw hasStatus(error, 404) ? noKind(name) : error
      })
    const path = api.in(APPLICATIONS, 'sparkapplications', name)
    const { uid } = created.metadata
    return {
      name,
      status: async signal => {
        const known = objects.owner(uid) ?? (await api.find<SparkApplication>(path, { signal }))
        if (known?.metadata.uid !== uid) throw deletedByOthers(name)
        const { state = '', errorMessage = '' } = known?.status?.applicationState ?? {}
        return { state, message: errorMessage }
      },
      remove: () => api.remove(path, { uid }),
    }
  }
}
