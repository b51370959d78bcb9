// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be shown
const UNSHOWN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Text from outside as it may be shown: what moves a cursor, ends a line or turns the direction of text becomes U+FFFD. Line feeds and tabs stay. */
export const shownText = (text: string): string => text.replace(UNSHOWN, '\ufffd')
