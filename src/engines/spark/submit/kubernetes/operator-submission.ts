import type { KubeApi } from '../../../../kubernetes/kube-api'
import { hasStatus } from '../../../../kubernetes/kube-error'
import { APPLICATIONS, type SparkApplication, sparkApplication } from './application'
import { deletedByOthers, noKind, noOperator } from './application-failure'
import type { ApplicationRequest } from './application-request'
import type { ApplicationStatus, HandedOver, RunSurroundings, Submission } from './submission'

/** Jobs as SparkApplications, which the spark-operator submits and keeps the state of. */
export class OperatorSubmission implements Submission {
  readonly makesObjects = true

  constructor(private readonly api: KubeApi) {}

  async submit(
    request: ApplicationRequest,
    { watch, signal }: RunSurroundings,
  ): Promise<HandedOver> {
    const { api } = this
    const { name } = request
    const created = await api
      .create<SparkApplication>(
        api.in(APPLICATIONS, 'sparkapplications'),
        sparkApplication(request),
        signal,
      )
      .catch(error => {
        throw hasStatus(error, 404) ? noKind(name) : error
      })
    const path = api.in(APPLICATIONS, 'sparkapplications', name)
    const uid = created.metadata.uid!
    return {
      name,
      status: () => {
        if (watch.isGone(uid)) throw deletedByOthers(name)
        return statusOf(watch.application(uid) ?? created)
      },
      look: async signal => {
        const there = await api.find<SparkApplication>(path, { signal })
        if (there === null || there.metadata.uid !== uid) throw deletedByOthers(name)
        return statusOf(there)
      },
      notTakenUp: () => noOperator(name, api.namespace),
      remove: () => api.remove(path, { uid }),
    }
  }
}

function statusOf({ status }: SparkApplication): ApplicationStatus {
  const { state = '', errorMessage = '' } = status?.applicationState ?? {}
  return { state, message: errorMessage }
}
