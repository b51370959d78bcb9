import { describe, expect, it } from 'vitest'
import { redactConfig, resolveConfig } from '../../src/config/resolve'
import { problemsOf } from './problems'

const SECRET = 'hunter2'
const config = resolveConfig({
  preset: 'kubernetes',
  storage: { endpoint: `https://me:${SECRET}@minio:9000`, access_key: SECRET, secret_key: SECRET },
  platform: {
    compute: {
      spark: {
        conf: {
          'spark.hadoop.fs.s3a.secret.key': SECRET,
          'spark.my.PASSWORD': SECRET,
          'spark.authToken': SECRET,
          'spark.jdbc.url': `jdbc:postgresql://u:${SECRET}@db/x?password=${SECRET}&ssl=true`,
          'spark.executor.memory': '4g',
        },
      },
    },
  },
  architecture: {
    catalog: { type: 'rest', uri: `https://u:${SECRET}@rest/api?token=${SECRET}`, token: SECRET },
    query_engine: { type: 'trino', url: 'http://trino:8080', user: 'ann', password: SECRET },
  },
})

describe('redactConfig', () => {
  const redacted = redactConfig(config)

  it('leaves no secret anywhere', () => {
    expect(JSON.stringify(redacted)).not.toContain(SECRET)
  })

  it('marks what was set and keeps the rest, as plain JSON', () => {
    expect(redacted).toMatchObject({
      platform: {
        storage: {
          s3: {
            endpoint: 'https://***@minio:9000',
            access_key: '***',
            secret_key: '***',
            region: 'us-east-1',
          },
        },
        compute: { spark: { conf: { 'spark.executor.memory': '4g', 'spark.authToken': '***' } } },
      },
      architecture: {
        catalog: { uri: 'https://***@rest/api?token=***', token: '***' },
        query_engine: { url: 'http://trino:8080', user: 'ann', password: '***' },
      },
    })
    expect(JSON.parse(JSON.stringify(redacted))).toEqual(redacted)
  })

  it('keeps an empty secret empty', () => {
    expect(redactConfig(resolveConfig({}))).toMatchObject({
      architecture: { catalog: { token: '' } },
    })
  })

  it('leaves the config itself alone', () => {
    expect(config.architecture.catalog.token).toBe(SECRET)
  })
})

describe('errors', () => {
  it('never show a secret value or a URL', () => {
    const issues = problemsOf({
      storage: {
        type: 's3',
        s3: { access_key: [SECRET], endpoint: `ftp://${SECRET}@x`, secret_key: `${SECRET}\0` },
      },
      platform: { compute: { spark: { conf: { 'a.password': [SECRET] } } } },
    })
    expect(issues.length).toBeGreaterThan(3)
    expect(JSON.stringify(issues)).not.toContain(SECRET)
  })
})
