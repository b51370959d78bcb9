import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { TableColumn } from '../../src/contracts/tables'
import type { TableWrite } from '../../src/iceberg/table'
import type { DataFile } from '../../src/iceberg/types'

export const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'long' },
  { name: 'name', type: 'string' },
  { name: 'day', type: 'date' },
]

/** A small real Parquet file of COLUMNS: ids `from`…`from + rows - 1`, every third name NULL, all on one day (days since 1970). */
export function writeRows(
  write: Pick<TableWrite, 'dataDir' | 'writer' | 'fieldIds'>,
  o: { rows?: number; from?: number; day?: number; partition?: number | null; name?: string } = {},
): DataFile {
  const { rows = 5, from = 0, day = 19_800, partition = null, name = '0' } = o
  const ids = Array.from({ length: rows }, (_, i) => from + i)
  const names = ids.map(i => (i % 3 === 0 ? null : `n${i}`))
  const known = names.filter(n => n !== null).sort()
  const bytes = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ids.map(BigInt) },
        { name: 'name', data: names },
        { name: 'day', data: ids.map(() => new Date(day * 86_400_000)) },
      ],
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'id', type: 'INT64', repetition_type: 'OPTIONAL', field_id: write.fieldIds.id },
        {
          name: 'name',
          type: 'BYTE_ARRAY',
          converted_type: 'UTF8',
          repetition_type: 'OPTIONAL',
          field_id: write.fieldIds.name,
        },
        {
          name: 'day',
          type: 'INT32',
          converted_type: 'DATE',
          repetition_type: 'OPTIONAL',
          field_id: write.fieldIds.day,
        },
      ],
    }),
  )
  const path = join(write.dataDir, `${write.writer}-${name}.parquet`)
  writeFileSync(path, bytes)
  const whole = { values: rows, nulls: 0, nans: null, size: 20 }
  return {
    path,
    rows,
    bytes: bytes.length,
    partition,
    columns: {
      id: { ...whole, lower: BigInt(from), upper: BigInt(from + rows - 1) },
      name: {
        ...whole,
        nulls: rows - known.length,
        lower: known[0] ?? null,
        upper: known.at(-1) ?? null,
      },
      day: { ...whole, lower: day, upper: day },
    },
  }
}
