import { LEAST_FILE_SHARE, type PartitionGranularity } from '../contracts/choices'
import type { PartitionDecision } from '../contracts/plan'
import { formatAgainst, formatSize } from '../shared/format'

export interface PartitioningInput {
  /** `auto`, or what is wanted whatever the data looks like. */
  readonly granularity: 'auto' | PartitionGranularity
  /** Bytes the table will have, about. */
  readonly bytes: number
  /** Distinct event dates, and months with any. */
  readonly dates: number
  readonly months: number
  /** Bytes a data file should have. */
  readonly targetFileSize: number
}

/**
 * Silver's partitioning by `interaction_date`. `auto` takes the finest that keeps the mean file at a quarter of the target
 * size or more: a partition holds at least one file, so small partitions mean small files, and opening files is what
 * queries over many of them wait for.
 */
export function choosePartitioning(input: PartitioningInput): PartitionDecision {
  const { granularity, bytes, dates, months, targetFileSize } = input
  if (granularity !== 'auto') return { granularity, reason: 'configured' }

  const floor = targetFileSize * LEAST_FILE_SHARE
  const rejected: string[] = []
  for (const { name, count } of [
    { name: 'day', count: dates },
    { name: 'month', count: months },
  ] as const) {
    if (count <= 0) continue
    const mean = Math.min(bytes / count, targetFileSize)
    const counted = `${formatAgainst(mean, floor)} a file over ${count} ${name}${count === 1 ? '' : 's'}`
    if (mean >= floor) {
      const why = [`${counted}, at least a quarter of ${formatSize(targetFileSize)}`, ...rejected]
      return { granularity: name, reason: why.join('; ') }
    }
    rejected.push(`${counted} would be below a quarter of ${formatSize(targetFileSize)}`)
  }
  return {
    granularity: 'none',
    reason: rejected.join('; ') || 'there are no dates to partition by',
  }
}
