import { expect, test } from 'vitest'
import { EXIT_CODES, exitCodeOfError, exitCodeOfRun } from '../../src/cli/exit-codes'
import {
  CapacityError,
  CommitFailedError,
  ConfigError,
  InputError,
  JobFailedError,
  PrerequisiteError,
  QueryFailedError,
  StageFailedError,
} from '../../src/contracts/errors'

test('one code per cause', () => {
  expect(EXIT_CODES).toEqual({
    ok: 0,
    failed: 1,
    usage: 2,
    prerequisite: 3,
    invalid: 4,
    no_evidence: 5,
    interrupted: 130,
  })
})

test.each([
  [new ConfigError([{ path: 'a', message: 'is wrong.' }]), 2],
  [new InputError('There is no such run.'), 2],
  [new PrerequisiteError('The folder is locked.'), 3],
  [new CapacityError('Does not fit.'), 3],
  [new JobFailedError('broke'), 1],
  [new QueryFailedError('Q1', 'broke'), 1],
  [new CommitFailedError('lost'), 1],
  [new StageFailedError('silver-build', null, new PrerequisiteError('disk full')), 1],
  [new DOMException('Interrupted by SIGINT.', 'AbortError'), 130],
  [new TypeError('a bug'), 1],
  ['a thrown text', 1],
])('%s', (error, code) => {
  expect(exitCodeOfError(error)).toBe(code)
})

test.each([
  ['succeeded', 'PASSED', 0],
  ['succeeded', 'INVALID', 4],
  ['failed', 'FAILED', 1],
  ['failed', 'INVALID', 1],
  ['aborted', 'INTERRUPTED', 130],
] as const)('a run that %s with verdict %s ends with %d', (status, verdict, code) => {
  expect(exitCodeOfRun({ status, verdict })).toBe(code)
})
