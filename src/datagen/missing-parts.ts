import { type CorpusParameters, fileCount, type PartPlan, partPlan } from './plan'
import type { Shard } from './shards'

/** Files that are to be made: their number and rows at once, the files themselves one after the other as they are asked for. */
export interface MissingParts extends Iterable<PartPlan> {
  readonly files: number
  readonly rows: number
}

/** @param there files that are not to be made; of a shard, none but its own */
export function missingParts(
  parameters: CorpusParameters,
  prefix: string,
  there: ReadonlyMap<number, PartPlan>,
  { index: first, count: step }: Shard = { index: 0, count: 1 },
): MissingParts {
  const end = fileCount(parameters)
  const files = Math.max(0, Math.ceil((end - first) / step)) - there.size
  const done = [...there.values()].reduce((sum, { rows }) => sum + rows, 0)
  return {
    files,
    rows: Math.min(files * parameters.rows_per_file, parameters.rows - done),
    *[Symbol.iterator]() {
      for (let index = first; index < end; index += step) {
        if (!there.has(index)) yield partPlan(parameters, index, prefix)
      }
    },
  }
}
