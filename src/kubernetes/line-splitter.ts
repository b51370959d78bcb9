/** A line longer than this is none of the server's. Bytes. */
const LONGEST = 8 * 2 ** 20

/** Whole lines out of chunks that may end anywhere, inside a character too. */
export class LineSplitter {
  private rest: Buffer[] = []
  private length = 0

  /** @throws RangeError where a line has no end */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.rest.push(chunk.subarray(from, at))
      lines.push(this.take())
      from = at + 1
    }
    if (from < chunk.length) {
      this.rest.push(chunk.subarray(from))
      this.length += chunk.length - from
      if (this.length > LONGEST) throw new RangeError(`a line is longer than ${LONGEST} bytes`)
    }
    return lines
  }

  /** The text after the last line end. */
  end(): string {
    return this.take()
  }

  private take(): string {
    const line = Buffer.concat(this.rest).toString('utf8')
    this.rest = []
    this.length = 0
    return line
  }
}
