import { RAW_COLUMNS } from '../workload/raw-columns'
import { addDirt, type DirtCounts, noDirt } from './dirt'
import { footerDigest } from './footer'
import { ParquetPart } from './parquet-part'
import type { OpenPart, Published } from './part-sink'
import { GENERATOR_VERSION, type PartPlan } from './plan'
import { RowBatch, type RowColumns } from './row-batch'
import { type Cell, RowDigest } from './row-digest'
import { RowMaker, type RowParameters } from './row-maker'

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
