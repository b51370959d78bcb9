import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A disk of its own in memory for the running test, e.g. `size=16m`; `null` where this user may not mount one. */
export function smallDisk(options: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'lakebench-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'lakebench-test', folder], {
      stdio: 'ignore',
    })
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
  onTestFinished(() => {
    execFileSync('umount', [folder], { stdio: 'ignore' })
    rmSync(folder, { recursive: true })
  })
  return folder
}
