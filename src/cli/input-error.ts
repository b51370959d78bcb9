import { LakebenchError } from '../contracts/errors'

/** What the user pointed at is missing or cannot be read; the text says what would do. */
export class InputError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('INPUT', message, options)
  }
}
