/** Logical column types; every dialect and the Iceberg schema map from these. `timestamp` has no zone and means UTC. */
export type ColumnType =
  | 'long'
  | 'int'
  | 'double'
  | 'string'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'string_list'

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

/** The data files of a table as of a snapshot, whoever read its metadata. */
export interface TableFiles {
  readonly snapshot_id: string | null
  /** Summary of that snapshot; see `lineage.ts` for what it says of the rows. */
  readonly summary: Readonly<Record<string, string>>
  /** Files that are not as the metadata says, a sentence each; sizes and rows are then those found. `null`: nobody looked. */
  readonly faults: readonly string[] | null
  /** e.g. `month(interaction_date)`; `null`: not partitioned. */
  readonly partitioned_by: string | null
  readonly files: readonly {
    readonly bytes: number
    readonly rows: number
    readonly partition: string | number | null
    /** Bounds of the event date, days since 1970; `null` where the file has none. */
    readonly lower_day: number | null
    readonly upper_day: number | null
  }[]
}
