import { CommitFailedError } from '../contracts/errors'
import type { PartitionBy } from '../contracts/tables'
import type { AvroSchema } from './avro'
import type { IcebergSchema } from './schema'

export interface PartitionField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  readonly transform: string
}

export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly PartitionField[]
}

/** Partition field ids begin at 1000; this stands for "none yet". */
export const NO_PARTITION_ID = 999

/** The fields of a spec that cuts one date column, or nothing. An equal field of an earlier spec keeps its id. */
export function partitionFields(
  by: PartitionBy | null,
  schema: { readonly fields: IcebergSchema['fields'] },
  earlier: readonly PartitionSpec[],
  lastPartitionId: number,
): PartitionField[] {
  if (by === null) return []
  const source = schema.fields.find(f => f.name === by.column)
  if (source?.type !== 'date') {
    throw new CommitFailedError(
      `The table cannot be partitioned by ${by.transform} of ${JSON.stringify(by.column)}: ${source ? `its type is ${JSON.stringify(source.type)}, not date` : 'it has no such column'}.`,
    )
  }
  const name = `${by.column}_${by.transform}`
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || schema.fields.some(f => f.name === name)) {
    throw new CommitFailedError(
      `A partition field cannot be named ${JSON.stringify(name)}; rename the column.`,
    )
  }
  const known = earlier
    .flatMap(spec => spec.fields)
    .find(f => f['source-id'] === source.id && f.transform === by.transform)
  const id = known?.['field-id'] ?? lastPartitionId + 1
  return [{ 'source-id': source.id, 'field-id': id, name, transform: by.transform }]
}

/** @throws Error when the spec is one that lakebench does not write. */
export function partitionByOf(spec: PartitionSpec, schema: IcebergSchema): PartitionBy | null {
  const [field, ...more] = spec.fields
  if (!field) return null
  const column = schema.fields.find(f => f.id === field['source-id'])?.name
  if (
    more.length > 0 ||
    column === undefined ||
    (field.transform !== 'day' && field.transform !== 'month')
  ) {
    throw new Error(
      `its partition spec ${JSON.stringify(spec.fields)} is not one that lakebench reads`,
    )
  }
  return { column, transform: field.transform }
}

/** The Avro record of partition values: a day is a date, a month an int, both counted from 1970. */
export function partitionRecordSchema(spec: PartitionSpec): AvroSchema {
  return {
    type: 'record',
    name: 'r102',
    fields: spec.fields.map(field => ({
      name: field.name,
      type: ['null', field.transform === 'day' ? { type: 'int', logicalType: 'date' } : 'int'],
      default: null,
      'field-id': field['field-id'],
    })),
  }
}

export const sameSpec = (a: readonly PartitionField[], b: readonly PartitionField[]): boolean =>
  a.length === b.length &&
  a.every(
    (f, i) =>
      f['source-id'] === b[i]!['source-id'] &&
      f.transform === b[i]!.transform &&
      f.name === b[i]!.name,
  )
