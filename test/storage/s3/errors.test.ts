import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../../src/contracts/errors'
import { redactor } from '../../../src/shared/redaction'
import { failureOf, isAmbiguous, isAnswer, S3Explainer } from '../../../src/storage/s3/errors'

/** An error as the SDK throws it for an answer. */
const answered = (status: number, Code: string) =>
  Object.assign(new Error('said'), { name: Code, Code, $metadata: { httpStatusCode: status } })
const broken = (code: string, message = code) => Object.assign(new Error(message), { code })

test.each([
  // error, the service is at work, outcome unknown
  ['connection refused', broken('ECONNREFUSED'), false, false],
  ['no such host', broken('ENOTFOUND'), false, false],
  [
    'no connection in time',
    Object.assign(new Error('did not establish a connection'), { name: 'TimeoutError' }),
    false,
    false,
  ],
  ['reset', broken('ECONNRESET'), false, true],
  ['no answer in time', broken('ETIMEDOUT'), false, true],
  ['wrong certificate', broken('SELF_SIGNED_CERT_IN_CHAIN'), false, false],
  ['500', answered(500, 'InternalError'), false, true],
  ['503 SlowDown', answered(503, 'SlowDown'), false, false],
  ['429', answered(429, 'TooManyRequests'), false, false],
  ['409 conflict', answered(409, 'ConditionalRequestConflict'), true, false],
  ['400 RequestTimeout', answered(400, 'RequestTimeout'), true, false],
  ['501', answered(501, 'NotImplemented'), false, false],
  ['400', answered(400, 'InvalidRequest'), true, false],
  ['403', answered(403, 'AccessDenied'), true, false],
  ['404', answered(404, 'NoSuchKey'), true, false],
  ['412', answered(412, 'PreconditionFailed'), true, false],
  ['a bug of ours', new TypeError('x is not a function'), false, false],
])('%s', (_, error, answers, ambiguous) => {
  const failure = failureOf(error)
  expect({ answers: isAnswer(failure), ambiguous: isAmbiguous(failure) }).toEqual({
    answers,
    ambiguous,
  })
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
