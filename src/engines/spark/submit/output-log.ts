import { appendFile } from 'node:fs/promises'
import { formatSize, MIB } from '../../../shared/format'
import type { Redact } from '../../../shared/redaction'
import { isFrame } from './diagnose'

/** Lines kept in memory for a diagnosis, frames of stacks left out: they would push the rest out. */
const KEPT_LINES = 400
/** A longer line is cut: somebody printed data. Characters. */
const LONGEST_LINE = 16_384
/** Characters of an output that are kept on this machine; its end is still read, for a diagnosis. */
const LONGEST_LOG = 256 * MIB

/** A driver's output on its way to a file, free of secrets. */
export class OutputLog {
  private readonly tail: string[] = []
  private length = 0
  private writing: Promise<void> = Promise.resolve()

  constructor(
    readonly path: string,
    private readonly redact: Redact,
  ) {}

  /** Last lines without frames, oldest first. */
  get lines(): readonly string[] {
    return this.tail
  }

  /** Resolves when the lines are written: who prints faster than the disk writes has to wait. */
  add(lines: readonly string[]): Promise<void> {
    const clean = lines.map(line => cut(this.redact(line)))
    this.tail.push(...clean.filter(line => line.trim() !== '' && !isFrame(line)).slice(-KEPT_LINES))
    this.tail.splice(0, Math.max(0, this.tail.length - KEPT_LINES))
    if (lines.length === 0 || this.length > LONGEST_LOG) return this.writing
    let text = `${clean.join('\n')}\n`
    this.length += text.length
    if (this.length > LONGEST_LOG)
      text += `lakebench: the output goes on; the first ${formatSize(LONGEST_LOG)} are kept.\n`
    // A log that cannot be written must not end the run; its lines are still in memory.
    this.writing = this.writing.then(() => appendFile(this.path, text)).catch(() => {})
    return this.writing
  }
}

const cut = (line: string): string =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line

/** Hands on whole lines of a text that comes in pieces; the end of a line longer than any that is kept is left out. */
export async function eachLines(
  pieces: AsyncIterable<string>,
  take: (lines: readonly string[]) => Promise<void>,
): Promise<void> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    // Cut well behind what will be kept, so that no half of a secret escapes the redaction.
    rest = lines.pop()!.slice(0, 4 * LONGEST_LINE)
    await take(lines)
  }
  if (rest !== '') await take([rest])
}
