import { type Draws, SLOT } from './draws'
import type { AsciiWriter } from './row-batch'
import { type DirtCounts, EMAIL_DIRT, EMAIL_DOMAINS } from './vocabulary'

const DUPLICATE_SHARE = 0.1
const CLEAN = -1

const AT_SIGNS: Readonly<Record<number, string>> = { 0: '', 3: '@@', 5: '.at.' }
const WITHOUT_TLD = EMAIL_DOMAINS.map(domain => domain.slice(0, domain.lastIndexOf('.')))

/** `user{1000..999998}@{domain}`, one in ten marked `.DUPLICATE`, then dirtied in one of six ways. */
export function writeEmail(
  out: AsciiWriter,
  draws: Draws,
  dirtyRatio: number,
  dirt: DirtCounts,
): void {
  const mode =
    draws.unit(SLOT.email_dirty) < dirtyRatio
      ? draws.below(EMAIL_DIRT.length, SLOT.email_mode)
      : CLEAN
  if (mode !== CLEAN) dirt[EMAIL_DIRT[mode]!]++
  const [upper, padding] = [mode === 1, mode === 2 ? '  ' : '']
  const domain = (mode === 4 ? WITHOUT_TLD : EMAIL_DOMAINS)[
    draws.below(EMAIL_DOMAINS.length, SLOT.email_domain)
  ]!
  out.text(padding)
  out.text(upper ? 'USER' : 'user')
  out.number(1000 + draws.below(998_999, SLOT.email_number))
  if (draws.unit(SLOT.email_duplicate) < DUPLICATE_SHARE) {
    out.text('.DUPLICATE')
    dirt.email_duplicate_marker++
  }
  out.text(AT_SIGNS[mode] ?? '@')
  out.text(upper ? domain.toUpperCase() : domain)
  out.text(padding)
}

/** `+1AAAPPPLLLL` or `(AAA) PPP-LLLL`; a dirty one has fresh digits in one of four forms. */
export function writePhone(
  out: AsciiWriter,
  draws: Draws,
  dirtyRatio: number,
  dirt: DirtCounts,
): void {
  if (draws.unit(SLOT.phone_dirty) < dirtyRatio) writeDirtyPhone(out, draws, dirt)
  else writeCleanPhone(out, draws)
}

function writeCleanPhone(out: AsciiWriter, draws: Draws): void {
  const area = 200 + draws.below(799, SLOT.phone_area)
  const prefix = 200 + draws.below(799, SLOT.phone_prefix)
  const line = 1000 + draws.below(8999, SLOT.phone_line)
  const plus = draws.below(2, SLOT.phone_format) === 0
  phone(out, plus ? ['+1', '', ''] : ['(', ') ', '-'], area, prefix, line)
}

function writeDirtyPhone(out: AsciiWriter, draws: Draws, dirt: DirtCounts): void {
  const area = 200 + draws.below(799, SLOT.phone_fresh_area)
  const prefix = 200 + draws.below(799, SLOT.phone_fresh_prefix)
  const line = 1000 + draws.below(8999, SLOT.phone_fresh_line)
  const mode = draws.below(4, SLOT.phone_mode)
  if (mode === 1) {
    dirt.phone_dashed++
    phone(out, ['+1-', '-', '-'], area, prefix, line)
  } else if (mode === 2) {
    dirt.phone_truncated++
    out.digits(area, 3)
    out.digits(prefix, 3)
  } else {
    const digits = `${area}${prefix}${line}`
    const withLetter = mode === 3 ? digits.replace('0', 'O') : digits
    // Ten digits without a zero stay as they are, so they look like the plain form and count as it.
    dirt[withLetter === digits ? 'phone_plain_digits' : 'phone_letter_o']++
    out.text(withLetter)
  }
}

function phone(
  out: AsciiWriter,
  [before, middle, last]: readonly [string, string, string],
  area: number,
  prefix: number,
  line: number,
): void {
  out.text(before)
  out.digits(area, 3)
  out.text(middle)
  out.digits(prefix, 3)
  out.text(last)
  out.digits(line, 4)
}
