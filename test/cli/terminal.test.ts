import { expect, test } from 'vitest'
import {
  COLOR_STYLE,
  canRedraw,
  oneLine,
  PLAIN_STYLE,
  styleFor,
  textTable,
  wantsColor,
  width,
} from '../../src/cli/terminal'
import { shownText } from '../../src/contracts/shown-text'

const tty = { isTTY: true, columns: 80, write: () => true }
const pipe = { write: () => true }

test('colour only where it is wanted', () => {
  expect(wantsColor(tty, {})).toBe(true)
  expect(wantsColor(tty, { NO_COLOR: '1' })).toBe(false)
  expect(wantsColor(tty, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
  expect(wantsColor(tty, { TERM: 'dumb' })).toBe(false)
  expect(wantsColor(pipe, {})).toBe(false)
  expect(wantsColor(pipe, { FORCE_COLOR: '1' })).toBe(true)
  expect(wantsColor(tty, { FORCE_COLOR: '0' })).toBe(false)
})

test('lines are drawn over only on a terminal that people watch', () => {
  expect(canRedraw(tty, {})).toBe(true)
  expect(canRedraw(tty, { NO_COLOR: '1' })).toBe(true)
  expect(canRedraw(tty, { CI: 'true' })).toBe(false)
  expect(canRedraw(tty, { TERM: 'dumb' })).toBe(false)
  expect(canRedraw(pipe, {})).toBe(false)
})

test('paths are links only on a terminal', () => {
  expect(styleFor(tty, {}).link('/a b', 'file:///a%20b')).toBe(
    '\u001b]8;;file:///a%20b\u001b\\/a b\u001b]8;;\u001b\\',
  )
  expect(styleFor(pipe, { FORCE_COLOR: '1' }).link('/a', 'file:///a')).toBe('/a')
  expect(styleFor(pipe, {})).toBe(PLAIN_STYLE)
})

test('text from outside cannot move the cursor', () => {
  expect(shownText('a\u001b[2Jb\rc\u0007\n\td')).toBe('a\ufffd[2Jb\ufffdc\ufffd\n\td')
  expect(oneLine('the data does not pass:\n  a.parquet: broken')).toBe(
    'the data does not pass: a.parquet: broken',
  )
})

test('columns line up, colour or not', () => {
  const rows = [
    [COLOR_STYLE.good('ok'), '1'],
    ['failed', '1,000'],
  ]
  const table = textTable([{ label: 'state' }, { label: 'rows', align: 'right' }], rows)
  expect(table.split('\n').map(line => width(line))).toEqual([13, 13, 13])
  expect(
    textTable(
      [{ label: '' }, { label: '' }],
      [
        ['a', 'b'],
        ['ccc', ''],
      ],
    ),
  ).toBe('a    b\nccc')
})
