import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../../src/config/resolve'
import { STREAM_NAMES, type StreamName } from '../../../src/contracts/streams'
import { MODULES } from '../../../src/engines/spark/job-document'
import {
  asPodsSeeIt,
  partBySecrecy,
  sparkEnvironment,
  sparkSettings,
} from '../../../src/engines/spark/settings'
import {
  type ApplicationRequest,
  ownedDriverTemplate,
  podTemplateOf,
  shufflePartitions,
} from '../../../src/engines/spark/submit/kubernetes/application-request'
import { profileOf } from '../../../src/engines/spark/submit/kubernetes/kubernetes-spark'
import { sparkApplication } from '../../../src/engines/spark/submit/kubernetes/operator-submission'
import { submitProperties } from '../../../src/engines/spark/submit/kubernetes/submit-submission'
import { ExecutorSizer } from '../../../src/sizing/executor-sizer'

const GIB = 2 ** 30
const config = resolveConfig({
  preset: 'kubernetes',
  platform: {
    storage: {
      s3: {
        endpoint: 'https://outside:9000',
        endpoint_in_cluster: 'http://minio.lake:9000',
        access_key: 'AKIAEXAMPLE',
        secret_key: 'sesame-sesame',
      },
    },
    kubernetes: {
      image: 'registry/spark:4.1',
      image_pull_secrets: ['pull'],
      service_account: 'lakebench-spark',
      scratch: { storage_class: 'fast' },
    },
    compute: {
      spark: {
        conf: {
          'spark.eventLog.enabled': true,
          'spark.hadoop.fs.s3a.session.token': 'tok-tok-tok',
        },
      },
    },
  },
  architecture: {
    catalog: {
      uri: 'http://outside:8181',
      uri_in_cluster: 'http://rest.lake:8181',
      token: 'bearer-bearer',
    },
  },
})
const inside = asPodsSeeIt(config)
const parts = partBySecrecy(
  sparkSettings({
    config: inside,
    warehouses: { bronze: 's3a://b/w', silver: 's3a://s/w', gold: 's3a://g/w' },
    local: null,
    maxResultSize: 8 * GIB,
  }),
)
const plan = new ExecutorSizer().plan({
  scale: 100,
  engine: 'spark',
  capacity: {
    kind: 'cluster',
    cores: 400,
    memory: 4000 * GIB,
    largest_node: { cores: 64, memory: 512 * GIB },
  },
})
const { kubernetes } = config.platform
const request = (
  job: 'bronze-verify' | 'silver-build' | 'gold-finalize' | StreamName,
  change: Partial<ApplicationRequest> = {},
): ApplicationRequest => ({
  name: `lb-x-1-${job}`,
  runId: '20260101-000000-abcdef',
  job,
  module: MODULES[job],
  document: 's3a://bronze/_lakebench/jobs/1.json',
  profile: profileOf(plan, job),
  plan,
  settings: {
    image: kubernetes.image,
    pullSecrets: kubernetes.image_pull_secrets,
    serviceAccount: kubernetes.service_account,
    scratch: kubernetes.scratch,
    placement: kubernetes,
    conf: parts.open,
  },
  owner: {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'owner', uid: 'u-1' },
  },
  jobFiles: 'lakebench-x-jobs',
  secret: 'lakebench-x-secrets',
  authorities: null,
  ...change,
})

describe('the manifest of a job', () => {
  it.each(STREAM_NAMES)(
    'of the stream %s has the shape of its profile, and is not started again by others',
    job => {
      const { metadata, spec } = sparkApplication(request(job))
      const { shape, executors, driver } = plan.streams!.find(p => p.job_name === job)!
      expect(metadata.labels).toMatchObject({ 'lakebench.io/job': job })
      expect(spec).toMatchObject({
        mainApplicationFile: `local:///opt/lakebench/jobs/${MODULES[job]}.py`,
        restartPolicy: { type: 'Never' },
        driver: { cores: driver!.cores, memory: `${driver!.memory / 2 ** 20}m` },
        executor: {
          cores: shape.cores,
          memory: `${shape.memory / 2 ** 20}m`,
          instances: executors,
        },
      })
      expect(spec.sparkConf).toMatchObject({
        'spark.sql.catalog.lake_bronze': 'org.apache.iceberg.spark.SparkCatalog',
      })
    },
  )

  it('is what the plan says', async () => {
    const manifest = sparkApplication(request('silver-build'))
    await expect(`${JSON.stringify(manifest, null, 2)}\n`).toMatchFileSnapshot(
      '__snapshots__/silver-build.sparkapplication.json',
    )
  })

  it.each([
    ['bronze-verify', 2, '4096m', '2048m', '50Gi'],
    ['silver-build', 4, '49152m', '12288m', '150Gi'],
    ['gold-finalize', 4, '32768m', '8192m', '100Gi'],
  ] as const)(
    '%s has the profile of the product page',
    (job, cores, memory, memoryOverhead, scratch) => {
      const { spec } = sparkApplication(request(job))
      expect(spec.executor).toMatchObject({
        cores,
        coreRequest: String(cores),
        memory,
        memoryOverhead,
      })
      expect(Object.values(spec.sparkConf as object)).toContain(scratch)
    },
  )

  it('holds no secret, in whatever spelling; they are references to a Secret', () => {
    const text = JSON.stringify(sparkApplication(request('gold-finalize')))
    for (const secret of ['AKIAEXAMPLE', 'sesame-sesame', 'tok-tok-tok', 'bearer-bearer']) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''))
    }
    expect(text).toContain('"secretRef":{"name":"lakebench-x-secrets"}')
    expect(Object.keys(parts.secret).sort()).toEqual([
      'spark.hadoop.fs.s3a.session.token',
      'spark.sql.catalog.lake_bronze.token',
      'spark.sql.catalog.lake_gold.token',
      'spark.sql.catalog.lake_silver.token',
    ])
    expect(sparkEnvironment(inside.platform)).toMatchObject({ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' })
  })

  it('uses the addresses that pods reach', () => {
    const conf = sparkApplication(request('silver-build')).spec.sparkConf as Record<string, string>
    expect(conf['spark.hadoop.fs.s3a.endpoint']).toBe('http://minio.lake:9000')
    expect(conf['spark.sql.catalog.lake_silver.uri']).toBe('http://rest.lake:8181')
  })

  it('with empty-dir asks for no claim', () => {
    const settings = {
      ...request('silver-build').settings,
      scratch: { type: 'empty-dir' as const, storage_class: '', size: 7 * GIB },
    }
    const conf = sparkApplication(request('silver-build', { settings })).spec.sparkConf as Record<
      string,
      string
    >
    expect(Object.keys(conf).filter(key => key.includes('persistentVolumeClaim'))).toEqual([])
    expect(
      conf['spark.kubernetes.executor.volumes.emptyDir.spark-local-dir-1.options.sizeLimit'],
    ).toBe('7Gi')
  })

  it('lets the conf of the user win', () => {
    const settings = {
      ...request('silver-build').settings,
      conf: { 'spark.sql.shuffle.partitions': '77' },
    }
    expect(
      (
        sparkApplication(request('silver-build', { settings })).spec.sparkConf as Record<
          string,
          string
        >
      )['spark.sql.shuffle.partitions'],
    ).toBe('77')
  })

  it('shuffles into two partitions a core, or 256 MiB of bronze each', () => {
    const profile = plan.jobs[1]!
    expect(shufflePartitions(profile, { ...plan, scale: 0.01 })).toBe(2 * profile.executors * 4)
    expect(shufflePartitions(profile, { ...plan, scale: 25 })).toBe(1000)
    expect(shufflePartitions(profile, { ...plan, scale: 10_000 })).toBe(4000)
  })
})

describe('the same job for spark-submit', () => {
  const place = {
    namespace: 'lake',
    context: 'prod',
    templates: { driver: '/t/driver.json', executor: '/t/executor.json' },
  }

  it('has the shape, the labels and the conf that the operator would be told', async () => {
    const asked = request('silver-build')
    const properties = submitProperties(asked, place)
    await expect(`${JSON.stringify(properties, null, 2)}\n`).toMatchFileSnapshot(
      '__snapshots__/silver-build.submit-properties.json',
    )
    const { spec, metadata } = sparkApplication(asked)
    expect(properties).toMatchObject(spec.sparkConf as object)
    for (const [key, value] of Object.entries(metadata.labels!))
      for (const role of ['driver', 'executor'])
        expect(properties[`spark.kubernetes.${role}.label.${key}`]).toBe(value)
  })

  it('holds no secret', () => {
    const text = JSON.stringify([
      submitProperties(request('gold-finalize'), place),
      ownedDriverTemplate(request('gold-finalize')),
    ])
    for (const secret of ['AKIAEXAMPLE', 'sesame-sesame', 'tok-tok-tok', 'bearer-bearer'])
      expect(text).not.toContain(secret)
  })

  it('has a driver that the run owns', () => {
    expect(ownedDriverTemplate(request('silver-build')).metadata).toMatchObject({
      ownerReferences: [{ kind: 'Lease', name: 'owner', uid: 'u-1' }],
    })
  })
})

describe('the pods of a job', () => {
  const pods = (change: Partial<ApplicationRequest>) =>
    (['driver', 'executor'] as const).map(
      role =>
        podTemplateOf(role, request('silver-build', change)) as { spec: Record<string, unknown> },
    )

  it('bear the taints and want the nodes that the config names', () => {
    const placement = {
      node_selector: { pool: 'spark' },
      tolerations: [
        {
          key: 'only',
          operator: 'Equal' as const,
          value: 'spark',
          effect: 'NoSchedule' as const,
          toleration_seconds: null,
        },
        {
          key: '',
          operator: 'Exists' as const,
          value: '',
          effect: 'NoExecute' as const,
          toleration_seconds: 60,
        },
      ],
    }
    for (const { spec } of pods({ settings: { ...request('silver-build').settings, placement } }))
      expect(spec).toMatchObject({
        nodeSelector: { pool: 'spark' },
        tolerations: [
          { key: 'only', operator: 'Equal', value: 'spark', effect: 'NoSchedule' },
          { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
        ],
      })
    for (const { spec } of pods({})) expect(Object.keys(spec)).not.toContain('tolerations')
  })

  it("trust the config's authorities, drivers and executors alike, and keep the Java options of the user", () => {
    for (const { spec } of pods({ authorities: 'lakebench-x-authorities' })) {
      expect(spec.volumes).toContainEqual({
        name: 'lakebench-authorities',
        configMap: { name: 'lakebench-x-authorities' },
      })
      expect(spec.initContainers).toHaveLength(1)
    }
    const settings = {
      ...request('silver-build').settings,
      conf: { 'spark.executor.extraJavaOptions': '-Xss4m' },
    }
    const conf = sparkApplication(request('silver-build', { settings, authorities: 'a' })).spec
      .sparkConf
    expect(conf).toMatchObject({
      'spark.driver.extraJavaOptions': expect.stringMatching(/trustStore=\S+ -Djavax/),
      'spark.executor.extraJavaOptions': expect.stringMatching(/trustStore=.* -Xss4m$/),
    })
  })
})

it('the secret settings reach the session by the variable that the jobs read', () => {
  expect(readFileSync(new URL('../../../spark-jobs/common.py', import.meta.url), 'utf8')).toContain(
    '"LAKEBENCH_SECRET_CONF"',
  )
})
