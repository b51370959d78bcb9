import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PrerequisiteError } from '../../src/contracts/errors'
import { generateCorpus } from '../../src/datagen/corpus'
import { missingParts } from '../../src/datagen/make-missing'
import { makeRoom } from '../../src/datagen/paced'
import { corpusParameters } from '../../src/datagen/plan'
import { localPlace } from '../../src/platforms/corpus-target'
import { datagenConfig, tempRoot } from './support'

const signal = new AbortController().signal
/** 2.4 × 10¹² rows; at a row a file as many files, which no list holds. */
const ABSURD = datagenConfig({ scale: 1e6, file_size: 4380 })

test('what no disk holds is refused before any file is planned', async () => {
  const place = localPlace(join(tempRoot(), 'data'))
  await expect(generateCorpus({ place, config: ABSURD, signal })).rejects.toThrow(
    /needs 10\d+\.\d+ GiB, and the disk/,
  )
  const plan = { rows_per_second: 1e9, rows: 1e12, rows_per_file: 1 }
  await expect(makeRoom({ place, config: ABSURD, plan, resume: false })).rejects.toThrow(
    /and the disk/,
  )
})

test('files are planned as they are asked for, of shards too', () => {
  const parameters = corpusParameters(ABSURD)
  const all = missingParts(parameters, 'x/', new Map())
  expect(all).toMatchObject({ rows: parameters.rows })
  expect(all.files).toBeGreaterThan(2e12)
  const [first, second] = missingParts(parameters, 'x/', new Map(), { index: 1, count: 4 })
  expect([first!.index, second!.index]).toEqual([1, 5])
})

test('more rows than can be numbered are refused', () => {
  expect(() => corpusParameters(datagenConfig({ scale: 1e300 }))).toThrow(PrerequisiteError)
  expect(() => corpusParameters(datagenConfig({ scale: 1e12 }))).toThrow(
    /more rows than can be numbered/,
  )
})
