import { existsSync } from 'node:fs'
import { link, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 150

/**
 * Keeps what tables lose while a run goes on: a second name of every file, before an expired snapshot takes the first. Files of a
 * table never change, so both names have one content.
 */
export class TableCopy {
  private running = true
  private readonly known = new Set<string>()
  private work: Promise<void> | null = null

  /** @param tables folders of tables below `from`; they may not be there yet */
  constructor(
    private readonly from: string,
    private readonly to: string,
    private readonly tables: readonly string[],
  ) {}

  start(): void {
    this.work = this.follow()
  }

  async stop(): Promise<void> {
    this.running = false
    await this.work
    await this.look()
  }

  /** Files that were there and are no more, as the copy has them. */
  async gone(): Promise<Set<string>> {
    const gone = new Set<string>()
    for (const path of this.known)
      if (!(await stat(path).catch(() => null))) gone.add(join(this.to, relative(this.from, path)))
    return gone
  }

  private async follow(): Promise<void> {
    while (this.running) {
      await this.look()
      await sleep(LOOK_EVERY_MS)
    }
  }

  private async look(): Promise<void> {
    for (const table of this.tables) {
      const root = join(this.from, table)
      if (!existsSync(root)) continue
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (
          !entry.isFile() ||
          this.known.has(path) ||
          !/\.(parquet|avro|metadata\.json)$/.test(path)
        )
          continue
        const copy = join(this.to, relative(this.from, path))
        await mkdir(dirname(copy), { recursive: true })
        // Gone already, or still under another name: whatever a table refers to stays long enough for the next look.
        if (
          await link(path, copy).then(
            () => true,
            () => false,
          )
        )
          this.known.add(path)
      }
    }
  }
}
