import { expect, test } from 'vitest'
import { corpusParameters } from '../../src/datagen/plan'
import { RowBatch } from '../../src/datagen/row-batch'
import { RowMaker } from '../../src/datagen/row-maker'
import { DIRT_KINDS, type DirtKind } from '../../src/datagen/vocabulary'
import { CITY_SPELLINGS, STATE_SPELLINGS } from '../../src/workload/geo'
import { datagenConfig, makeRows, type Row } from './support'

const ROWS = 65_536
const RATIO = 0.08

function injected(dirty_data_ratio: number) {
  const maker = new RowMaker(corpusParameters(datagenConfig({ dirty_data_ratio })))
  const batch = new RowBatch(4096)
  for (let done = 0; done < ROWS; done += 4096) maker.fill(batch, done, 4096)
  return maker.takeDirt()
}

/** Told from the text alone. */
const LOOKS: Partial<Record<DirtKind, (r: Row) => boolean>> = {
  email_missing_at: r =>
    /^user\d+(\.DUPLICATE)?[a-z]+\.com$/.test(String(r.email_raw)) &&
    !String(r.email_raw).includes('.at.'),
  email_uppercase: r => /^USER\d+(\.DUPLICATE)?@[A-Z]+\.COM$/.test(String(r.email_raw)),
  email_whitespace: r => /^ {2}user\d+(\.DUPLICATE)?@[a-z]+\.com {2}$/.test(String(r.email_raw)),
  email_double_at: r => /^user\d+(\.DUPLICATE)?@@[a-z]+\.com$/.test(String(r.email_raw)),
  email_missing_tld: r => /^user\d+(\.DUPLICATE)?@[a-z]+$/.test(String(r.email_raw)),
  email_spelled_at: r => /^user\d+(\.DUPLICATE)?\.at\.[a-z]+\.com$/.test(String(r.email_raw)),
  email_duplicate_marker: r => String(r.email_raw).includes('.DUPLICATE'),
  phone_plain_digits: r => /^\d{10}$/.test(String(r.phone_raw)),
  phone_dashed: r => /^\+1-\d{3}-\d{3}-\d{4}$/.test(String(r.phone_raw)),
  phone_truncated: r => /^\d{6}$/.test(String(r.phone_raw)),
  phone_letter_o: r => /^(?=.{10}$)[1-9]*O\d*$/.test(String(r.phone_raw)),
  city_misspelled: r => !CITY_SPELLINGS.includes(String(r.city_raw)),
  state_variant: r => !STATE_SPELLINGS.includes(String(r.state_raw)),
}
const CLEAN_EMAIL = /^user(\d{4,6})(\.DUPLICATE)?@(gmail|yahoo|outlook|icloud|hotmail)\.com$/
const CLEAN_PHONE = /^(\+1[2-9]\d\d[2-9]\d\d[1-9]\d{3}|\([2-9]\d\d\) [2-9]\d\d-[1-9]\d{3})$/

const rows = makeRows({ dirty_data_ratio: RATIO }, 0, ROWS, [
  'email_raw',
  'phone_raw',
  'city_raw',
  'state_raw',
  'data_quality_flag',
])
const recorded = injected(RATIO)

test.each(DIRT_KINDS)('%s: as many rows look so as were recorded', kind => {
  const flag = kind.startsWith('quality_flag_') ? kind.slice('quality_flag_'.length) : null
  const looks = flag === null ? LOOKS[kind]! : (r: Row) => r.data_quality_flag === flag
  expect(recorded[kind]).toBe(rows.filter(looks).length)
  expect(recorded[kind]).toBeGreaterThan(0)
})

test('what is not dirty is clean', () => {
  const clean = (r: Row, prefix: string, marker?: DirtKind) =>
    Object.entries(LOOKS).every(
      ([kind, looks]) => kind === marker || !kind.startsWith(prefix) || !looks(r),
    )
  for (const r of rows) {
    expect(CLEAN_EMAIL.test(String(r.email_raw))).toBe(clean(r, 'email', 'email_duplicate_marker'))
    expect(CLEAN_PHONE.test(String(r.phone_raw))).toBe(clean(r, 'phone'))
  }
})

/** Rows of 65,536 with that chance, within six standard deviations. */
function expectCount(found: number, share: number): void {
  expect(Math.abs(found - ROWS * share)).toBeLessThan(6 * Math.sqrt(ROWS * share * (1 - share)))
}

test('shares: six e-mail modes, four phone modes, cities that have a misspelling, states that can be told', () => {
  for (const kind of DIRT_KINDS.filter(
    k => k.startsWith('email_') && k !== 'email_duplicate_marker',
  )) {
    expectCount(recorded[kind], RATIO / 6)
  }
  expectCount(recorded.email_duplicate_marker, 0.1)
  expectCount(recorded.phone_dashed, RATIO / 4)
  expectCount(recorded.phone_truncated, RATIO / 4)
  expectCount(recorded.phone_plain_digits + recorded.phone_letter_o, RATIO / 2)
  expectCount(recorded.city_misspelled, (RATIO * 14) / 22)
  // Ten of the 22 pairs write a state in full of which one variant in four is the code, as clean data also writes it.
  expectCount(recorded.state_variant, RATIO * (1 - 10 / 22 / 4))
})

test('no dirt at ratio 0, everything dirty at 1', () => {
  const none = injected(0)
  for (const kind of Object.keys(LOOKS) as DirtKind[]) {
    if (kind !== 'email_duplicate_marker') expect(none[kind], kind).toBe(0)
  }
  const all = injected(1)
  const sum = (prefix: string) =>
    DIRT_KINDS.filter(k => k.startsWith(prefix) && k !== 'email_duplicate_marker').reduce(
      (s, k) => s + all[k],
      0,
    )
  expect(sum('email_')).toBe(ROWS)
  expect(sum('phone_')).toBe(ROWS)
})
