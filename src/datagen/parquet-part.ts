import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { RAW_COLUMNS, type RawColumn } from '../workload/raw-columns'
import type { PartSink } from './part-sink'
import type { Cell } from './row-digest'

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]
type ColumnSource = Parameters<ParquetWriter['write']>[0]['columnData'][number]
type Encoding = NonNullable<ColumnSource['encoding']>

const WRITE_SIZE = 1 << 20
const PAGE_SIZE = 1 << 20

const PHYSICAL: Partial<Record<RawColumn['type'], Omit<SchemaElement, 'name'>>> = {
  long: { type: 'INT64' },
  int: { type: 'INT32' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  // No converted type: those mean an instant, and these are times without a zone.
  timestamp: {
    type: 'INT64',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
  },
}

/** Values that hardly repeat, so that a dictionary would only be in the way. Row numbers pack to next to nothing. */
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  id: 'DELTA_BINARY_PACKED',
  row_id: 'DELTA_BINARY_PACKED',
  event_timestamp: 'PLAIN',
  event_id: 'PLAIN',
  session_id: 'PLAIN',
  customer_id: 'PLAIN',
  email_raw: 'PLAIN',
  phone_raw: 'PLAIN',
  product_id: 'PLAIN',
  ip_address: 'PLAIN',
  zip_code: 'PLAIN',
  cart_value: 'PLAIN',
  support_ticket_id: 'PLAIN',
  loyalty_member: 'PLAIN',
  session_fingerprint: 'PLAIN',
  interaction_payload: 'PLAIN',
}

const SCHEMA: SchemaElement[] = [
  { name: 'interactions', num_children: RAW_COLUMNS.length },
  ...RAW_COLUMNS.map(
    (column): SchemaElement => ({
      name: column.name,
      repetition_type: column.nullable ? 'OPTIONAL' : 'REQUIRED',
      ...PHYSICAL[column.type],
    }),
  ),
]

/**
 * One Parquet file of raw rows, a row group at a time. Columns of random text are PLAIN, those of a few words dictionaries, and
 * nothing is compressed: the payload, 94 % of the bytes, has nothing to gain from a fast codec, and the rest hardly any.
 * Footers carry a null count for every column, bounds for numbers only.
 */
export class ParquetPart {
  private readonly writer: ParquetWriter

  constructor(sink: Pick<PartSink, 'write'>, createdBy: string) {
    this.writer = new ParquetWriter({
      writer: new SinkWriter(sink),
      schema: SCHEMA,
      codec: 'UNCOMPRESSED',
      createdBy,
    })
  }

  /** @param columns values by column in file order; the first `rows` of each are written */
  writeRowGroup(columns: readonly (readonly Cell[])[], rows: number): void {
    const columnData = RAW_COLUMNS.map((column, i): ColumnSource => {
      const { name, type } = column
      const cells = columns[i]!
      return {
        name,
        data:
          type === 'long' || type === 'timestamp' ? longs(name, cells, rows) : firstOf(cells, rows),
        encoding: ENCODINGS[name] ?? 'RLE_DICTIONARY',
        statistics: hasBounds(column),
      }
    })
    this.writer.write({ columnData, rowGroupSize: rows, pageSize: PAGE_SIZE })
    const group = this.writer.row_groups.at(-1)!
    RAW_COLUMNS.forEach((column, i) => {
      if (hasBounds(column)) return
      group.columns[i]!.meta_data!.statistics = {
        null_count: BigInt(column.nullable ? nulls(columns[i]!, rows) : 0),
      }
    })
  }

  /** Write the footer. The sink is yours to publish. */
  finish(): void {
    this.writer.finish()
  }
}

/** Comparing text costs more than anyone gains from bounds on random words. */
const hasBounds = ({ type }: RawColumn): boolean => type !== 'string' && type !== 'boolean'

/** The writer takes slices of what it gets and changes nothing. */
const firstOf = (cells: readonly Cell[], rows: number): Cell[] =>
  cells.length === rows ? (cells as Cell[]) : cells.slice(0, rows)

function longs(name: string, cells: readonly Cell[], rows: number): ColumnSource['data'] {
  // The delta encoding takes plain numbers, and is much faster with them.
  if (ENCODINGS[name] === 'DELTA_BINARY_PACKED') return firstOf(cells, rows)
  const values = new BigInt64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = BigInt(cells[i] as number)
  return values
}

function nulls(cells: readonly Cell[], rows: number): number {
  let count = 0
  for (let i = 0; i < rows; i++) if (cells[i] === null) count++
  return count
}

/** Hands bytes to the sink in large pieces; what is larger than a piece goes straight through. */
class SinkWriter extends ByteWriter {
  constructor(private readonly sink: Pick<PartSink, 'write'>) {
    super(WRITE_SIZE)
  }

  override ensure(size: number): void {
    if (this.index + size > WRITE_SIZE) this.drain()
  }

  override appendBytes(value: Uint8Array): void {
    if (value.length < WRITE_SIZE / 4) {
      super.appendBytes(value)
      return
    }
    this.drain()
    this.sink.write(value)
    this.offset += value.length
  }

  override finish(): void {
    this.drain()
  }

  private drain(): void {
    if (this.index > 0) this.sink.write(new Uint8Array(this.buffer, 0, this.index))
    this.index = 0
  }
}
