import type { KubeApi } from '../../../../kubernetes/kube-api'
import { hasStatus } from '../../../../kubernetes/kube-error'
import { APPLICATIONS, type SparkApplication, sparkApplication } from './application'
import { deletedByOthers, noKind } from './application-failure'
import type { ApplicationRequest } from './application-request'
import type { Submission, SubmitContext, SubmittedApplication } from './submission'

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
