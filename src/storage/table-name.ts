import { join, resolve } from 'node:path'
import { PrerequisiteError } from '../contracts/errors'
import type { TableName, TableRole } from '../contracts/tables'

const PART = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Read `namespace.table`. Both parts must match `[A-Za-z_][A-Za-z0-9_]*`, so that a name can neither leave its folder nor
 * change the meaning of a statement.
 *
 * @throws PrerequisiteError for anything else.
 */
export function parseTableName(text: string): TableName {
  const parts = text.split('.')
  const [namespace, table] = parts
  if (parts.length !== 2 || !PART.test(namespace!) || !PART.test(table!)) {
    throw new PrerequisiteError(
      `${JSON.stringify(text)} is no table name. Write namespace.table, each of letters, digits and underscores, not beginning with a digit.`,
    )
  }
  return { namespace: namespace!, table: table! }
}

/** The absolute folder of a table: `<storagePath>/<role>/warehouse/<namespace>/<table>`, as a hadoop catalog lays it out. */
export function tableLocation(storagePath: string, role: TableRole, name: TableName): string {
  return join(resolve(storagePath), tableKey(role, name))
}

/** The same below a store's root. */
export const tableKey = (role: TableRole, { namespace, table }: TableName): string =>
  `${role}/warehouse/${namespace}/${table}`
