import { type ApplicationRequest, driverOf, podShape, sparkConf } from './application-request'
import { applicationLabels } from './pod-template'

export interface SubmitPlace {
  readonly namespace: string
  /** kubeconfig context; empty: the current one. */
  readonly context: string
  /** Files of the pod templates. */
  readonly templates: { readonly driver: string; readonly executor: string }
}

export const driverPodName = ({ name }: Pick<ApplicationRequest, 'name'>): string =>
  `${name}-driver`

/** The properties that tell spark-submit of an application what the operator is told of it. Pure. */
export function submitProperties(
  request: ApplicationRequest,
  place: SubmitPlace,
): Record<string, string> {
  const { profile, settings } = request
  const driver = podShape(driverOf(profile))
  const executor = podShape(profile.shape)
  const labels = Object.entries(applicationLabels(request))
  return {
    ...(place.context !== '' && { 'spark.kubernetes.context': place.context }),
    'spark.kubernetes.namespace': place.namespace,
    'spark.kubernetes.container.image': settings.image,
    'spark.kubernetes.container.image.pullPolicy': 'IfNotPresent',
    ...(settings.pullSecrets.length > 0 && {
      'spark.kubernetes.container.image.pullSecrets': settings.pullSecrets.join(','),
    }),
    ...(settings.serviceAccount !== '' && {
      'spark.kubernetes.authenticate.driver.serviceAccountName': settings.serviceAccount,
    }),
    'spark.kubernetes.driver.pod.name': driverPodName(request),
    'spark.kubernetes.driver.podTemplateFile': place.templates.driver,
    'spark.kubernetes.executor.podTemplateFile': place.templates.executor,
    ...Object.fromEntries(
      labels.flatMap(([key, value]) => [
        [`spark.kubernetes.driver.label.${key}`, value],
        [`spark.kubernetes.executor.label.${key}`, value],
      ]),
    ),
    'spark.driver.cores': String(driver.cores),
    'spark.kubernetes.driver.request.cores': driver.coreRequest,
    'spark.driver.memory': driver.memory,
    'spark.driver.memoryOverhead': driver.memoryOverhead,
    'spark.executor.instances': String(profile.executors),
    'spark.executor.cores': String(executor.cores),
    'spark.kubernetes.executor.request.cores': executor.coreRequest,
    'spark.executor.memory': executor.memory,
    'spark.executor.memoryOverhead': executor.memoryOverhead,
    // They go with their driver; until then a list shows how each of them ended.
    'spark.kubernetes.executor.deleteOnTermination': 'false',
    // The pods are watched by the run itself.
    'spark.kubernetes.submission.waitAppCompletion': 'false',
    ...sparkConf(request),
  }
}
