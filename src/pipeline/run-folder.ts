import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError, PrerequisiteError } from '../contracts/errors'
import { readRegularFile } from '../shared/read-file'
import { type Redact, redactDocument } from '../shared/redaction'
import { removeStagedFiles } from '../shared/staged-files'
import { writeAtomically } from '../shared/write-atomically'

/** Absolute paths of what a run leaves. */
export interface RunPaths {
  /** The folder that holds the others. */
  readonly run_dir: string
  /** `metrics.json`: the record. */
  readonly metrics: string
  /** `report.html`: the page. */
  readonly report: string
  /** `events.jsonl`: every event of the run. */
  readonly events: string
  /** `plan.json`: sizing, saved before anything runs. */
  readonly plan: string
  /** `verification.json`: what bronze-verify found. */
  readonly verification: string
}

const RUNS_FOLDER = 'runs'

/** `YYYYMMDD-HHMMSS-xxxxxx`, UTC. */
export function newRunId(now = new Date()): string {
  const iso = now.toISOString().replace(/[-:]/g, '')
  return `${iso.slice(0, 8)}-${iso.slice(9, 15)}-${randomBytes(3).toString('hex')}`
}

export function runPaths(outputDir: string, runId: string): RunPaths {
  if (!/^[\w-]+$/.test(runId))
    throw new ConfigError(
      [
        {
          path: 'run id',
          message: `looks like 20260131-120000-a1b2c3; got ${JSON.stringify(runId)}.`,
        },
      ],
      'options',
    )
  const run_dir = resolve(outputDir, RUNS_FOLDER, `run-${runId}`)
  return {
    run_dir,
    metrics: join(run_dir, 'metrics.json'),
    report: join(run_dir, 'report.html'),
    events: join(run_dir, 'events.jsonl'),
    plan: join(run_dir, 'plan.json'),
    verification: join(run_dir, 'verification.json'),
  }
}

/** The folder of one run: documents appear whole or not at all, events are appended as they happen. */
export class RunFolder {
  readonly paths: RunPaths
  private eventLogFailure: Error | null = null

  /** @param redact takes the run's secrets out of every document and event */
  constructor(
    outputDir: string,
    runId: string,
    readonly redact: Redact,
  ) {
    this.paths = runPaths(outputDir, runId)
  }

  /** Makes the folder, and removes what writers that died left beside it. */
  async create(): Promise<void> {
    const { run_dir } = this.paths
    try {
      await mkdir(run_dir, { recursive: true })
    } catch (cause) {
      throw new PrerequisiteError(
        `The output folder ${run_dir} cannot be created (${(cause as Error).message}). Choose another with --output-dir.`,
        { cause },
      )
    }
    await removeStagedFiles(dirname(run_dir), { alone: false })
  }

  async writeText(path: string, text: string): Promise<void> {
    try {
      await writeAtomically(path, text)
    } catch (cause) {
      throw new PrerequisiteError(
        `Cannot write ${path}: ${(cause as Error).message}. The run's record is incomplete.`,
        { cause },
      )
    }
  }

  async writeDocument(name: string, document: unknown): Promise<void> {
    if (!/^[\w.-]+\.json$/.test(name))
      throw new TypeError(
        `A document's name looks like findings.json; got ${JSON.stringify(name)}.`,
      )
    await this.writeText(
      join(this.paths.run_dir, name),
      `${jsonText(redactDocument(plainJson(document), this.redact), 2)}\n`,
    )
  }

  /** One line of events.jsonl. The first failure is kept, not thrown: a full disk must not hide what the run found. */
  appendEvent(name: string, event: object): void {
    if (this.eventLogFailure) return
    try {
      appendFileSync(this.paths.events, `${jsonText({ event: name, ...event })}\n`)
    } catch (error) {
      this.eventLogFailure = error as Error
    }
  }

  get eventLogError(): Error | null {
    return this.eventLogFailure
  }
}

export async function readDocument(path: string): Promise<unknown> {
  return JSON.parse((await readRegularFile(path)).toString())
}

/** 64-bit integers that fit become numbers, others text: JSON has no 64-bit integers. */
const replacer = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint'
    ? Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value)
    : value

/** JSON text of anything a stage may return. @throws TypeError for what runs in a circle */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, replacer, indent) ?? 'null'

/** The value as it will read once saved. */
export const plainJson = (value: unknown): unknown => JSON.parse(jsonText(value))
