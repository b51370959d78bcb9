import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { RAW_COLUMNS, type RawColumn } from '../workload/raw-columns'
import { footerDigest } from './footer'
import type { OpenPart, PartSink, Published } from './part-sink'
import { GENERATOR_VERSION, type PartPlan } from './plan'
import { RowBatch, type RowColumns } from './row-batch'
import { type Cell, RowDigest } from './row-digest'
import { RowMaker, type RowParameters } from './row-maker'
import { addDirt, type DirtCounts, noDirt } from './vocabulary'

/** Row groups have at least this many rows where the file does, and always fewer than twice as many. */
const ROW_GROUP = 8192

/** Facts of a file once it is whole. */
export interface PartFacts extends Published {
  /** SHA-256 of its Parquet footer. */
  readonly footer: string
  /** Digest of its rows, see RowDigest. */
  readonly row_digest: string
  readonly dirt: DirtCounts
}

/** Rows of one row group of a file: the file's rows in equal shares, so that no group is a small rest. */
export const rowGroupSize = (rows: number): number =>
  Math.ceil(rows / Math.max(1, Math.floor(rows / ROW_GROUP)))

/** Makes files one after the other in memory that it keeps: one row group, 35 to 75 MB. */
export class PartMaker {
  private readonly rows: RowMaker
  private batch: RowBatch | null = null

  constructor(
    parameters: RowParameters,
    private readonly open: OpenPart,
  ) {
    this.rows = new RowMaker(parameters)
  }

  /** Make one file. It appears whole or not at all; an error leaves nothing. */
  async make(part: PartPlan, onRows: (rows: number, bytes: number) => void): Promise<PartFacts> {
    const size = rowGroupSize(part.rows)
    if (this.batch === null || this.batch.rows < size) this.batch = new RowBatch(size)
    const batch = this.batch
    const columns = inFileOrder(batch.columns)
    const sink = this.open(part.key)
    try {
      let written = 0
      let end: Buffer[] | null = null
      const write = (bytes: Uint8Array) => {
        sink.write(bytes)
        written += bytes.length
        end?.push(Buffer.from(bytes))
      }
      const file = new ParquetPart({ write }, `lakebench-generator version ${GENERATOR_VERSION}`)
      const digest = new RowDigest()
      const dirt = noDirt()
      this.rows.takeDirt()
      for (let done = 0; done < part.rows; ) {
        const rows = Math.min(size, part.rows - done)
        const before = written
        this.rows.fill(batch, part.first_row + done, rows)
        digest.add(columns, rows)
        file.writeRowGroup(columns, rows)
        addDirt(dirt, this.rows.takeDirt())
        done += rows
        onRows(rows, written - before)
        await sink.room()
      }
      end = []
      file.finish()
      const footer = footerDigest(Buffer.concat(end))
      return { ...(await sink.publish()), footer, row_digest: digest.toString(), dirt }
    } catch (error) {
      await sink.discard()
      throw error
    }
  }
}

const inFileOrder = (columns: RowColumns): readonly (readonly Cell[])[] =>
  RAW_COLUMNS.map(column => columns[column.name as keyof RowColumns])

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
