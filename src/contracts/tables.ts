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

/** A column of a table. */
export interface TableColumn {
  /** Name in every engine. */
  readonly name: string
  /** Type in every engine. */
  readonly type: ColumnType
}

/** `namespace.table`, as a user configures it; both parts match `[A-Za-z_][A-Za-z0-9_]*`. */
export interface TableName {
  /** The catalog's namespace (Trino: schema). */
  readonly namespace: string
  /** Name within the namespace. */
  readonly table: string
}

/** The three layers, and the roles that queries name as `{bronze}`, `{silver}`, `{gold}`. */
export type TableRole = 'bronze' | 'silver' | 'gold'

/** Iceberg partitioning: one date column cut by day or month, or nothing. */
export interface PartitionBy {
  /** The date column. */
  readonly column: string
  /** Content of one partition. */
  readonly transform: 'day' | 'month'
}

/** The data files of a table as of a snapshot, whoever read its metadata. */
export interface TableFiles {
  /** Current snapshot; `null` where the table is empty. */
  readonly snapshot_id: string | null
  /** Summary of that snapshot; see `lineage.ts` for what it says of the rows. */
  readonly summary: Readonly<Record<string, string>>
  /** Files that are not as the metadata says, a sentence each; sizes and rows are then those found. `null`: nobody looked. */
  readonly faults: readonly string[] | null
  /** e.g. `month(interaction_date)`; `null`: not partitioned. */
  readonly partitioned_by: string | null
  /** Data files of that snapshot. */
  readonly files: readonly {
    /** Size. */
    readonly bytes: number
    /** Rows in it. */
    readonly rows: number
    /** Value of its partition as the metadata has it; `null` where the table is not cut. */
    readonly partition: string | number | null
    /** Bounds of the event date, days since 1970; `null` where the file has none. */
    readonly lower_day: number | null
    /** Latest event date, days since 1970; `null` where the file has none. */
    readonly upper_day: number | null
  }[]
}
