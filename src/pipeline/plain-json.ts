/** 64-bit integers that fit become numbers, others text: JSON has no 64-bit integers. */
const replacer = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint'
    ? Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value)
    : value

/** JSON text of anything a stage may return. @throws TypeError for what runs in a circle */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, replacer, indent) ?? 'null'

/** The value as it will read once saved. */
export const plainJson = (value: unknown): unknown => JSON.parse(jsonText(value))
