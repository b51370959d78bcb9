/** The health of one part that a config names: a store, a catalog, a query engine, a Spark. */
export interface PartStatus {
  /** e.g. `store`, `catalog`, `query engine`, `spark`. */
  readonly part: string
  /** Where it is, without secrets. */
  readonly address: string
  /** Whether a run could use it now. */
  readonly healthy: boolean
  /** As the part says it; `null` where it does not. */
  readonly version: string | null
  /** Of one small request, milliseconds. */
  readonly latency_ms: number | null
  /** What it can do, or what is wrong and what to do about it; one sentence each. */
  readonly details: readonly string[]
}
