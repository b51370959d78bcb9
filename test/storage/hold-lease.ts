/** A process of its own that takes a lease: `hold-lease.ts <folder> <purpose>`; says `held` or why not, and holds it until it is told to end. */
import { acquireLease } from '../../src/storage/lease'

const [folder, purpose] = process.argv.slice(2) as [string, string]
try {
  const lease = await acquireLease(folder, purpose)
  process.on('message', async () => {
    await lease.release()
    process.disconnect()
  })
  process.send!({ held: true })
} catch (error) {
  process.send!({ held: false, message: (error as Error).message })
  process.disconnect()
}
