/** Logical column types; every dialect and the Iceberg schema map from these. `timestamp` has no zone and means UTC. */
export type ColumnType = 'long' | 'int' | 'double' | 'string' | 'boolean' | 'date' | 'timestamp' | 'string_list'

export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
}

/** `namespace.table`, as a user configures it; both parts match `[A-Za-z_][A-Za-z0-9_]*`. */
export interface TableName {
  readonly namespace: string
  readonly table: string
}

/** The three layers, and the roles that queries name as `{bronze}`, `{silver}`, `{gold}`. */
export type TableRole = 'bronze' | 'silver' | 'gold'

/** Iceberg partitioning: one date column cut by day or month, or nothing. */
export interface PartitionBy {
  readonly column: string
  readonly transform: 'day' | 'month'
}
