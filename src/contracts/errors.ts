/** Every error that lakebench throws on purpose. `code` is stable; the message names the cause and the remedy. */
export class LakebenchError extends Error {
  /** Stable name of the kind of error, e.g. `CONFIG`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** One problem in a config or in options. */
export interface ConfigIssue {
  /** Dotted path, e.g. `architecture.workload.datagen.scale`; of an unknown key the section, unless its name is nearly a known one. */
  readonly path: string
  /** Where it stands in a file, from 1 on. */
  readonly position?: {
    /** From 1. */
    readonly line: number
    /** From 1. */
    readonly column: number
  }
  /** The problem and its remedy. */
  readonly message: string
  /** The nearest known key, where the key is unknown. */
  readonly suggestion?: string
}

/** The configuration cannot be used. Carries every issue at once. */
export class ConfigError extends LakebenchError {
  /** Every problem that was found, at once. */
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[], source = 'config') {
    const lines = issues.map(
      i =>
        `  ${placeOf(i)}: ${i.message}${i.suggestion ? ` Did you mean \`${i.suggestion}\`?` : ''}`,
    )
    super(
      'CONFIG',
      `${source} has ${issues.length} problem${issues.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
    )
    this.issues = issues
  }
}

function placeOf({ path, position }: ConfigIssue): string {
  if (!position) return path || '(root)'
  const at = `line ${position.line}, column ${position.column}`
  return path ? `${path} (${at})` : at
}

/** A path or file that a user pointed at is missing or cannot be read; the text says what would do. */
export class InputError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('INPUT', message, options)
  }
}

/** Something outside lakebench is missing, locked or unreadable; the text says how to get it. */
export class PrerequisiteError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('PREREQUISITE', message, options)
  }
}

/** The plan does not fit the capacity; the text says what would. */
export class CapacityError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('CAPACITY', message, options)
  }
}

/** A job ended without its result. */
export class JobFailedError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('JOB_FAILED', message, options)
  }
}

/** A query failed; `query` is its name where it has one. */
export class QueryFailedError extends LakebenchError {
  /** Name of the query. */
  readonly query: string

  constructor(query: string, message: string, options?: ErrorOptions) {
    super('QUERY_FAILED', message, options)
    this.query = query
  }
}

/** The commit was not made, or the table cannot take it. Nothing of ours is visible. */
export class CommitFailedError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('COMMIT_FAILED', message, options)
  }
}

/** Another writer committed to a table that one run has to itself. Nothing of ours is visible. */
export class CommitConflictError extends LakebenchError {
  constructor(message: string, options?: ErrorOptions) {
    super('COMMIT_CONFLICT', message, options)
  }
}

/** Nobody can say whether the commit is visible. Nothing was deleted; the next run resolves it by `commitId`. */
export class CommitUnknownError extends LakebenchError {
  /** Names the commit in the table's history, should it be there. */
  readonly commitId: string

  constructor(commitId: string, message: string, options?: ErrorOptions) {
    super('COMMIT_UNKNOWN', message, options)
    this.commitId = commitId
  }
}

/**
 * A run ended without success. Carries what a successful run returns, so that one handler serves both: the metrics so far,
 * the scorecard and the paths of the record.
 */
export class StageFailedError<R = unknown> extends LakebenchError {
  /** Name of the stage that failed. */
  readonly stage: string
  /** The run so far, as it would have been returned. */
  readonly result: R

  constructor(stage: string, result: R, cause: Error) {
    super('STAGE_FAILED', `${stage}: ${cause.message}`, { cause })
    this.stage = stage
    this.result = result
  }
}

/** One sentence for a table or a log line, secrets and stack left out. */
export function shortMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]!.slice(0, 500)
}
