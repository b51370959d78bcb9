/**
 * A process of its own that commits: `writer-process.ts <location> <name> <commits> <kinds>`. Says each operation to its
 * parent after it ended; `commits` 0 goes on until it is killed.
 */
import { beginWrite, expireReplaced } from '../../src/iceberg/table'
import { COLUMNS, writeRows } from './table-columns'

const [location, name, commits, kinds] = process.argv.slice(2) as [string, string, string, string]
const say = (message: object) => process.send!(message)

for (let i = 0; commits === '0' || i < Number(commits); i++) {
  const kind = kinds.split(',')[i % kinds.split(',').length]!
  if (kind === 'expire') {
    await expireReplaced(location)
    continue
  }
  const op = `${name}-${i}`
  const startedAt = String(process.hrtime.bigint())
  const mode = kind === 'replace' ? 'replace' : 'append'
  const write = await beginWrite(location, { columns: COLUMNS, partitionBy: null, mode })
  const rows = writeRows(write)
  const outcome = await write.commit([rows], { summary: { 'test.op': op } })
  const endedAt = String(process.hrtime.bigint())
  say({
    op,
    startedAt,
    endedAt,
    state: outcome.state,
    version: outcome.state === 'committed' ? outcome.version : null,
    cause: outcome.state === 'failed' ? outcome.cause.name : null,
  })
  if (outcome.state === 'failed') await write.discard()
}
process.disconnect()
