import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  redactDocument,
  redactor,
  redactorOf,
  secretVariables,
  soundsSecret,
} from '../../src/shared/redaction'

test('a secret shows in no spelling', () => {
  const secret = 'pa/ss+word=="1'
  const redact = redactor([secret, 'pa/ss+word=="1-longer'])
  const base64 = Buffer.from(secret).toString('base64')
  const text = redact(`${secret} ${encodeURIComponent(secret)} ${base64} pa/ss+word=="1-longer`)
  expect(text.replaceAll('***', '').replaceAll('=', '').trim()).toBe('')
})

test.each([
  ['Authorization: AWS4-HMAC-SHA256 Credential=AKIA/2026, Signature=abc', 'Authorization: ***'],
  [
    'GET /b?X-Amz-Signature=abc123&X-Amz-Credential=AKIA%2F1&x=1',
    'GET /b?X-Amz-Signature=***&X-Amz-Credential=***&x=1',
  ],
  ['X-Amz-Security-Token: FwoGZXIvYXdz', 'X-Amz-Security-Token: ***'],
  ['sent Bearer eyJhbGciOi.J9.x', 'sent Bearer ***'],
  ['POST /v1?token=abc&a=b', 'POST /v1?token=***&a=b'],
  ['http://user:word@host:8181/v1', 'http://***@host:8181/v1'],
  ['nothing to hide at http://host:8181/v1', 'nothing to hide at http://host:8181/v1'],
])('%s', (line, clean) => {
  expect(redactor([])(line)).toBe(clean)
})

test('whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
      // Words are hidden as whole words only.
      fc.pre(secret.trim().length >= 8 && !'***'.includes(secret) && !/^[a-z_-]+$/i.test(secret))
      expect(redactor([secret])(before + secret + after).includes(secret)).toBe(false)
    }),
  )
})

test('a secret that is a word hides no word that it is part of', () => {
  const redact = redactor(['lakebench', 'minio'])
  expect(redact('s3://lakebench-bronze at minio:9000')).toBe('s3://lakebench-bronze at minio:9000')
  expect(redact('the key lakebench was refused')).toBe('the key *** was refused')
  expect(redact('secret_key: minio, access.key="minio", key=minio-2')).toBe(
    'secret_key: ***, access.key="***", key=minio-2',
  )
})

test.each([
  'spark.hadoop.fs.s3a.access.key',
  'spark.hadoop.fs.s3a.secret.key',
  'spark.sql.catalog.lake.token',
  'AWS_SECRET_ACCESS_KEY',
  'fs.azure.sas.container',
  'spark.db.pwd',
  'spark.authToken',
  'accessKey',
  'fs.azure.account.key.lake.dfs.core.windows.net',
])('%s sounds secret', name => {
  expect(soundsSecret(name)).toBe(true)
})

test.each([
  'spark.hadoop.fs.s3a.aws.credentials.provider',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_REGION',
  'spark.driver.memory',
  'spark.compass.mode',
  'passed',
  'partition_key',
])('%s does not', name => {
  expect(soundsSecret(name)).toBe(false)
})

test('a config gives its secrets wherever they stand in it, and what else stands in it stays readable', () => {
  const redact = redactorOf({
    storage: {
      endpoint: 'https://ann:p%40ss-word-1@minio:9000',
      access_key: 'minioadmin',
      secret_key: 'lakebench',
    },
    buckets: { bronze: 'minioadmin', silver: 'lake-silver' },
    conf: {
      options: '-Dtrust.password=9f8e7d6c5b -Dplain=here',
      url: 'jdbc:x://db/y?user=ann&token=0a1b2c3d4e',
    },
  })
  expect(redact('lakebench run: s3://minioadmin/raw and lakebench-silver, plain=here')).toBe(
    'lakebench run: s3://minioadmin/raw and lakebench-silver, plain=here',
  )
  expect(redact('secret_key: lakebench, access_key=minioadmin')).toBe(
    'secret_key: ***, access_key=***',
  )
  expect(redact('with p@ss-word-1, p%40ss-word-1, 9f8e7d6c5b and 0a1b2c3d4e')).toBe(
    'with ***, ***, *** and ***',
  )
  expect(redact('abfss://container@account.dfs.core.windows.net/x')).toBe(
    'abfss://container@account.dfs.core.windows.net/x',
  )
})

test('a document is cleaned by the names of its keys and by its texts; what is empty stays empty', () => {
  const document = {
    token: 'x',
    password: '',
    list: ['see s3cr3t-value', 5],
    at: null,
    deep: { api_key: 'y' },
  }
  expect(redactDocument(document, redactor(['s3cr3t-value']))).toEqual({
    token: '***',
    password: '',
    list: ['see ***', 5],
    at: null,
    deep: { api_key: '***' },
  })
})

test('of an environment, long values of variables that sound secret', () => {
  const env = {
    MY_TOKEN: 'long-enough',
    TOKEN_CHECK: 'true',
    REGION: 'us-east-1-long',
    PASSWORD: undefined,
    PWD: '/home/ann/lake',
  }
  expect(secretVariables(env)).toEqual({ MY_TOKEN: 'long-enough' })
})

test('a long line costs no more than its length', () => {
  const line = 'a'.repeat(300_000)
  expect(redactor(['short', 'long-enough'])(line)).toBe(line)
})
