import { formatSize } from './format'

/** The body of an answer is longer than what its reader takes. */
export class BodyTooLongError extends Error {
  readonly code = 'BODY_TOO_LONG'
  constructor(limit: number) {
    super(`the answer is longer than ${formatSize(limit)}, the most that is read`)
    this.name = 'BodyTooLongError'
  }
}

/** Passes a body on as it comes, up to a limit in bytes. @throws BodyTooLongError; a stream is destroyed then */
export async function* limitBody(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limit) throw new BodyTooLongError(limit)
    yield chunk
  }
}

/** Reads a body to its end, up to a limit in bytes. @throws BodyTooLongError; a stream is destroyed then */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of limitBody(body, limit)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The body of a `fetch` as chunks; the DOM's type of it does not know that it can be iterated. */
export const bodyOf = ({ body }: Response): AsyncIterable<Uint8Array> =>
  (body ?? new Blob([]).stream()) as unknown as AsyncIterable<Uint8Array>
