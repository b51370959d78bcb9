import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { redactor } from '../../../src/contracts/secrets'
import { S3Explainer } from '../../../src/storage/s3/explain-error'
import { failureOf, isAmbiguous, isTransient, isUnreachable } from '../../../src/storage/s3/failure'

/** An error as the SDK throws it for an answer. */
const answered = (status: number, Code: string, headers = {}) =>
  Object.assign(new Error('said'), {
    name: Code,
    Code,
    $metadata: { httpStatusCode: status },
    $response: { headers },
  })
const broken = (code: string, message = code) => Object.assign(new Error(message), { code })

test.each([
  // error, worth repeating, outcome unknown
  ['connection refused', broken('ECONNREFUSED'), true, false],
  ['no such host', broken('ENOTFOUND'), true, false],
  [
    'no connection in time',
    Object.assign(new Error('did not establish a connection'), { name: 'TimeoutError' }),
    true,
    false,
  ],
  ['reset', broken('ECONNRESET'), true, true],
  ['no answer in time', broken('ETIMEDOUT'), true, true],
  ['wrong certificate', broken('SELF_SIGNED_CERT_IN_CHAIN'), false, false],
  ['500', answered(500, 'InternalError'), true, true],
  ['503 SlowDown', answered(503, 'SlowDown'), true, false],
  ['429', answered(429, 'TooManyRequests'), true, false],
  ['409 conflict', answered(409, 'ConditionalRequestConflict'), true, false],
  ['400 RequestTimeout', answered(400, 'RequestTimeout'), true, false],
  ['501', answered(501, 'NotImplemented'), false, false],
  ['400', answered(400, 'InvalidRequest'), false, false],
  ['403', answered(403, 'AccessDenied'), false, false],
  ['404', answered(404, 'NoSuchKey'), false, false],
  ['412', answered(412, 'PreconditionFailed'), false, false],
  ['a bug of ours', new TypeError('x is not a function'), false, false],
])('%s', (_, error, transient, ambiguous) => {
  const failure = failureOf(error)
  expect({ transient: isTransient(failure), ambiguous: isAmbiguous(failure) }).toEqual({
    transient,
    ambiguous,
  })
  if (isUnreachable(failure)) expect(failure.status).toBeNull()
})

test('how long a service asks to wait is read, if it is a number', () => {
  expect(failureOf(answered(503, 'SlowDown', { 'retry-after': '7' })).wait_seconds).toBe(7)
  expect(
    failureOf(answered(503, 'SlowDown', { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }))
      .wait_seconds,
  ).toBeNull()
  expect(failureOf(answered(503, 'SlowDown')).wait_seconds).toBeNull()
})

test('what nobody foresaw is still told with its own words, and what lakebench says passes unchanged', () => {
  const explainer = new S3Explainer('https://s3.test', redactor(['hush/hush']))
  const attempt = { verb: 'read', bucket: 'b', object: 'o' }
  expect(explainer.explain(answered(418, 'Teapot'), attempt).message).toBe(
    'Cannot read s3://b/o at https://s3.test: the service refused the request (418 Teapot said). See the answer for what to change.',
  )
  const ours = new PrerequisiteError('as it is')
  expect(explainer.explain(ours, attempt)).toBe(ours)
  const leaky = explainer.explain(
    broken('EWHAT', 'GET /?X-Amz-Signature=abc123&x key=hush/hush'),
    attempt,
  )
  expect(`${leaky.message} ${leaky.cause}`).not.toMatch(/abc123|hush/)
})
