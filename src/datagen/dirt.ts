import { QUALITY_FLAGS } from './vocabulary'

/** Kinds of injected dirt, named as the findings that should see them; `quality_flag_<value>` counts the flag's values. */
export const DIRT_KINDS = [
  'email_missing_at',
  'email_uppercase',
  'email_whitespace',
  'email_double_at',
  'email_missing_tld',
  'email_spelled_at',
  'email_duplicate_marker',
  'phone_plain_digits',
  'phone_dashed',
  'phone_truncated',
  'phone_letter_o',
  'city_misspelled',
  'state_variant',
  ...QUALITY_FLAGS.map(flag => `quality_flag_${flag}` as const),
] as const
export type DirtKind = (typeof DIRT_KINDS)[number]
/** Rows per kind. */
export type DirtCounts = Record<DirtKind, number>

export function noDirt(): DirtCounts {
  return Object.fromEntries(DIRT_KINDS.map(kind => [kind, 0])) as DirtCounts
}

export function addDirt(into: DirtCounts, more: Readonly<DirtCounts>): void {
  for (const kind of DIRT_KINDS) into[kind] += more[kind]
}
