/** Bytes of the binary units; every size that people read or write is in these. */
export const KIB = 2 ** 10
export const MIB = 2 ** 20
export const GIB = 2 ** 30
export const TIB = 2 ** 40
