import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactor, secretValues } from '../../../src/engines/spark/submit/redact'

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

test('settings whose names sound secret give their values', () => {
  const settings = {
    'spark.hadoop.fs.s3a.access.key': 'a',
    'spark.hadoop.fs.s3a.secret.key': 'b',
    'spark.sql.catalog.lake.token': 'c',
    AWS_SECRET_ACCESS_KEY: 'd',
    'spark.hadoop.fs.s3a.aws.credentials.provider': 'org.apache.Provider',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
    AWS_REGION: 'us-east-1',
    'spark.driver.memory': '1g',
    PASSWORD: undefined,
    'fs.azure.sas.container': 'e',
    'spark.db.pwd': 'f',
    'spark.compass.mode': 'north',
  }
  expect(secretValues(settings)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})
