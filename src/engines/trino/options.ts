/** How to reach a Trino, and what the queries read there. */
export interface TrinoOptions {
  /** e.g. `https://trino.example.org:8443`; without a path. */
  readonly url: string
  readonly catalog: string
  /** Sent with every request; empty: `lakebench`. */
  readonly user?: string
  /** Sent as basic auth, over https only; empty: none. */
  readonly password?: string
  /** Path of a PEM file with the authorities to trust in place of the system's; empty: the system's. */
  readonly ca_cert?: string
  /** `namespace.table` each; what stands before the last dot is the schema. */
  readonly tables: { readonly silver: string; readonly gold: string }
  /** Id of the run: Trino shows its queries as `lakebench/<source>`. */
  readonly source?: string
  /** Session properties of every query, e.g. `{ query_max_run_time: '10m' }`. */
  readonly session?: Readonly<Record<string, string>>
  readonly limits?: Partial<TrinoLimits>
}

/** Bounds of waiting, seconds, and of answers, bytes. */
export interface TrinoLimits {
  /** One HTTP request, its answer read to the end. Trino holds a request open for about a second. */
  readonly request_seconds: number
  /** Waiting for a Trino that says it is starting. */
  readonly start_seconds: number
  /** Asking again for one page of a result after 502, 503, 504 or a broken connection. */
  readonly retry_seconds: number
  /** Waiting until a cancelled query has ended on the server. */
  readonly cancel_seconds: number
  /** One page of a result. Trino fills a page up to 1 MiB, or with one row that is longer. */
  readonly page_bytes: number
  /** All pages of one result. */
  readonly result_bytes: number
}

export const DEFAULT_LIMITS: TrinoLimits = {
  request_seconds: 30,
  start_seconds: 120,
  retry_seconds: 10,
  cancel_seconds: 10,
  page_bytes: 16 * 2 ** 20,
  result_bytes: 64 * 2 ** 20,
}

export const DEFAULT_USER = 'lakebench'
