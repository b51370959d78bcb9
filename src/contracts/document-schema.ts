import { z } from 'zod'

/**
 * `z.strictObject` whose type is the literal that was written: the comments of its keys reach the emitted types, and so the hover text
 * of what is inferred from it. zod's own type is a copy of it that has none.
 */
export const strictObject = <T extends z.core.$ZodLooseShape>(
  shape: T,
): z.ZodObject<T, z.core.$strict> => z.strictObject(shape) as never

/** `z.object`, whose keys keep their comments as those of `strictObject` do. */
export const object = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strip> =>
  z.object(shape) as never
