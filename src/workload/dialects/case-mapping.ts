/**
 * What full Unicode case mapping has beyond the one-to-one mapping that some engines apply. Spark maps fully by itself;
 * DuckDB and Trino get these.
 */

/** Where the code points lie whose upper case is more than one code point (Unicode SpecialCasing.txt). */
const EXPANDING_RANGES: readonly (readonly [number, number])[] = [
  [0x00df, 0x00df],
  [0x0149, 0x0149],
  [0x01f0, 0x01f0],
  [0x0390, 0x0390],
  [0x03b0, 0x03b0],
  [0x0587, 0x0587],
  [0x1e96, 0x1e9a],
  [0x1f50, 0x1ffc],
  [0xfb00, 0xfb17],
]

/** Characters whose upper case is longer than one code point, with it: ß → SS, ﬁ → FI. */
export function expandingUpperCase(): readonly (readonly [string, string])[] {
  return EXPANDING_RANGES.flatMap(([first, last]) => {
    const pairs: [string, string][] = []
    for (let code = first; code <= last; code++) {
      const character = String.fromCodePoint(code)
      const upper = character.toUpperCase()
      if ([...upper].length > 1) pairs.push([character, upper])
    }
    return pairs
  })
}

/** The one code point whose lower case is two, and those two. */
export const DOTTED_CAPITAL_I = '\u0130'
export const DOTTED_SMALL_I = 'i\u0307'

export const CAPITAL_SIGMA = '\u03a3'
export const FINAL_SIGMA = '\u03c2'

const CASED = ['\\p{Lu}', '\\p{Ll}', '\\p{Lt}']
/** Case_Ignorable: marks, formats, modifiers, and the word-break classes MidLetter, MidNumLet and Single_Quote. */
const IGNORABLE = ['\\p{Mn}', '\\p{Me}', '\\p{Cf}', '\\p{Lm}', '\\p{Sk}']
const IGNORABLE_SIGNS = `'.:·՟״‘’․‧︓﹒﹕＇．：`

const cased = `[${CASED.join('')}]`
const ignorable = `${IGNORABLE.join('')}${IGNORABLE_SIGNS}`

/**
 * A capital sigma that ends a word: after a cased letter, not before one, characters without case between them ignored.
 * Group 1 is what stands before the sigma, group 2 what was looked at after it.
 */
export const FINAL_SIGMA_PATTERN = `(${cased}[${ignorable}]*)${CAPITAL_SIGMA}([${ignorable}]*(?:[^${CASED.join('')}${ignorable}]|$))`

const anyOf = (classes: readonly string[]) => `(?:${classes.join('|')})`
const ignored = `${anyOf([...IGNORABLE, `[${IGNORABLE_SIGNS}]`])}*`

/**
 * The same for Trino, whose regular expressions (Joni) misread sets of several classes after a repetition; group 1 is what
 * stands before the sigma.
 */
export const FINAL_SIGMA_WITHOUT_SETS = `(${anyOf(CASED)}${ignored})${CAPITAL_SIGMA}(?!${ignored}${anyOf(CASED)})`
