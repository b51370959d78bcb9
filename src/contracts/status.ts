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
  /** Duration of one small request, milliseconds. */
  readonly latency_ms: number | null
  /** Abilities, or problems and their remedies; one sentence each. */
  readonly details: readonly string[]
}
