import { z } from 'zod'
import { duration, filled, integer, size, text } from './fields'

const MIB = 1024 ** 2

const TolerationSchema = z
  .strictObject({
    key: text().default('').describe('Of the taint; empty with operator Exists: every taint.'),
    operator: z.enum(['Equal', 'Exists']).default('Equal'),
    value: text().default(''),
    effect: z
      .enum(['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .default('')
      .describe('Empty: every effect.'),
    toleration_seconds: integer(0, 86_400)
      .nullable()
      .default(null)
      .describe('For NoExecute; null: for ever.'),
  })
  .refine(
    ({ key, operator }) => key !== '' || operator === 'Exists',
    'needs a key, or operator: Exists',
  )

/** Where the pods of a run may live and what they are made from. */
export const KubernetesSchema = z.strictObject({
  context: text().default('').describe('kubeconfig context; empty: the current one.'),
  namespace: z
    .string()
    .regex(
      /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/,
      'must be a DNS label: lower-case letters, digits and -, at most 63',
    )
    .default(''),
  image: text().default('').describe('Spark image of drivers and executors.'),
  image_pull_secrets: z.array(filled()).default([]),
  service_account: text()
    .default('')
    .describe('Of drivers; empty: the default one of the namespace.'),
  submit: z
    .enum(['operator', 'spark-submit'])
    .default('operator')
    .describe(
      'Who submits jobs: the spark-operator, or a spark-submit of this machine where there is no operator.',
    ),
  node_selector: z
    .record(filled(), text())
    .default({})
    .describe('Labels of the nodes that drivers, executors and pods of data generation may use.'),
  tolerations: z
    .array(TolerationSchema)
    .default([])
    .describe('Taints that these pods bear, as in a pod; nodes with them count for sizing.'),
  scratch: z
    .strictObject({
      type: z.enum(['pvc', 'empty-dir']).default('pvc'),
      storage_class: text()
        .default('')
        .describe('Of the claims; empty: the default one of the cluster.'),
      size: size({ min: MIB })
        .nullable()
        .default(null)
        .describe('Of an executor; null: the job profile.'),
    })
    .prefault({})
    .describe('Where executors spill: a claim each, or the disk of the node.'),
  pending_timeout: duration({ min: 5, max: 86_400 })
    .default(120)
    .describe('How long pods may wait for a node or an image before a job is given up.'),
  datagen: z
    .strictObject({
      image: text()
        .default('')
        .describe('Image of lakebench whose pods make the raw data; empty: this process does.'),
      pods: integer(1, 10_000)
        .nullable()
        .default(null)
        .describe('null: as recommended for the scale.'),
    })
    .prefault({}),
})
