import { CommitFailedError } from '../contracts/errors'
import type { ColumnType, TableColumn } from '../contracts/tables'

export type PrimitiveName = 'long' | 'int' | 'double' | 'string' | 'boolean' | 'date' | 'timestamp'

export interface ListType {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: string
  readonly 'element-required': boolean
}

export interface SchemaField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: string | ListType
}

export interface IcebergSchema {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly fields: readonly SchemaField[]
}

/** Ids by column name, and by `<list>.element`. */
export type FieldIds = Readonly<Record<string, number>>

const PRIMITIVES: ReadonlySet<string> = new Set([
  'long',
  'int',
  'double',
  'string',
  'boolean',
  'date',
  'timestamp',
])

/**
 * The schema of `columns`, all optional. A name that the current schema has keeps its ids unless its type became another
 * (int may grow to long); everything else gets new ids above `lastColumnId`, so no id ever means two things.
 */
export function evolveSchema(
  columns: readonly TableColumn[],
  current: IcebergSchema | null,
  lastColumnId: number,
): SchemaField[] {
  const names = new Set<string>()
  for (const { name } of columns) {
    if (names.has(name))
      throw new CommitFailedError(`The table would have two columns named ${JSON.stringify(name)}.`)
    names.add(name)
  }
  const known = new Map(current?.fields.map(f => [f.name, f]))
  const kept = columns.map(c => keptField(known.get(c.name), c.type))
  let last = lastColumnId
  const ids = kept.map(field => field?.id ?? ++last)
  // Elements come after all columns, as Iceberg's own writers number them.
  return columns.map(({ name, type }, i): SchemaField => {
    const before = kept[i]?.type
    const elementId =
      type !== 'string_list' ? 0 : typeof before === 'object' ? before['element-id'] : ++last
    return {
      id: ids[i]!,
      name,
      required: false,
      type:
        type === 'string_list'
          ? { type: 'list', 'element-id': elementId, element: 'string', 'element-required': false }
          : type,
    }
  })
}

function keptField(field: SchemaField | undefined, type: ColumnType): SchemaField | undefined {
  if (!field) return undefined
  const before = columnType(field.type)
  return before === type || (before === 'int' && type === 'long') ? field : undefined
}

/** `null` for a type that lakebench does not have. */
function columnType(type: string | ListType): ColumnType | null {
  if (typeof type === 'object')
    return type.type === 'list' && type.element === 'string' ? 'string_list' : null
  return PRIMITIVES.has(type) ? (type as PrimitiveName) : null
}

/** @throws Error naming a column whose type lakebench does not have. */
export function columnsOf(schema: IcebergSchema): TableColumn[] {
  return schema.fields.map(({ name, type }) => {
    const found = columnType(type)
    if (found === null)
      throw new Error(`column ${JSON.stringify(name)} has the type ${JSON.stringify(type)}`)
    return { name, type: found }
  })
}

export function fieldIdsOf(schema: IcebergSchema): FieldIds {
  return Object.fromEntries(
    schema.fields.flatMap(({ name, id, type }) =>
      typeof type === 'object'
        ? [
            [name, id],
            [`${name}.element`, type['element-id']],
          ]
        : [[name, id]],
    ),
  )
}

export const highestFieldId = (schema: IcebergSchema): number =>
  Math.max(0, ...Object.values(fieldIdsOf(schema)))

/** Leaf fields, by the key that statistics use. Lists themselves have no values in Parquet, their elements do. */
export function leavesOf(schema: IcebergSchema): Map<string, { id: number; type: ColumnType }> {
  const leaves = new Map<string, { id: number; type: ColumnType }>()
  for (const { name, id, type } of schema.fields) {
    const found = columnType(type)
    if (typeof type === 'object')
      leaves.set(`${name}.element`, { id: type['element-id'], type: 'string' })
    else if (found !== null) leaves.set(name, { id, type: found })
  }
  return leaves
}

/** Value of `schema.name-mapping.default`: lets readers find columns in files that carry no field ids. */
export function nameMapping(schema: IcebergSchema): string {
  return JSON.stringify(
    schema.fields.map(({ id, name, type }) => ({
      'field-id': id,
      names: [name],
      ...(typeof type === 'object' && {
        fields: [{ 'field-id': type['element-id'], names: ['element'] }],
      }),
    })),
  )
}

export const sameFields = (a: readonly SchemaField[], b: readonly SchemaField[]): boolean =>
  a.length === b.length &&
  a.every((field, i) => {
    const other = b[i]!
    return field.id === other.id && field.name === other.name && sameType(field.type, other.type)
  })

const sameType = (a: string | ListType, b: string | ListType) =>
  typeof a === 'object' && typeof b === 'object' ? a['element-id'] === b['element-id'] : a === b
