import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { jsonFault } from '../../contracts/document-faults'
import { ConfigError, PrerequisiteError } from '../../contracts/errors'
import { DEFAULT_OUTPUT } from '../../shared/local-path'
import { writeAtomicallySync } from '../../shared/write-atomically'
import { parseSeries, type SeriesRecord } from './series-record'

export const SERIES_FOLDER = 'series'

/** `YYYYMMDD-HHMMSS-xxxxxx`, UTC, as of a run. */
export function newSeriesId(now = new Date()): string {
  const iso = now.toISOString().replace(/[-:]/g, '')
  return `${iso.slice(0, 8)}-${iso.slice(9, 15)}-${randomBytes(3).toString('hex')}`
}

/** `<outputDir>/series/series-<id>`. @throws ConfigError for what is no id, such as a path */
export function seriesDir(outputDir: string, seriesId: string): string {
  if (!/^[\w-]+$/.test(seriesId))
    throw new ConfigError(
      [
        {
          path: 'series',
          message: `A series id looks like 20260131-120000-a1b2c3; got ${JSON.stringify(seriesId)}.`,
        },
      ],
      'series',
    )
  return resolve(outputDir, SERIES_FOLDER, `series-${seriesId}`)
}

/** Whether an id is that of a series rather than of a run. */
export function isSeries(seriesId: string, outputDir = DEFAULT_OUTPUT): boolean {
  return (
    /^[\w-]+$/.test(seriesId) && existsSync(join(seriesDir(outputDir, seriesId), 'series.json'))
  )
}

/** The folder of one series. Its record is saved whole at every step, so that whatever ends the process loses no run. */
export class SeriesFolder {
  readonly dir: string

  constructor(outputDir: string, seriesId: string) {
    this.dir = seriesDir(outputDir, seriesId)
    try {
      mkdirSync(this.dir, { recursive: true })
    } catch (cause) {
      throw new PrerequisiteError(
        `The output folder ${this.dir} cannot be created (${(cause as Error).message}). Choose another with --output-dir.`,
        { cause },
      )
    }
  }

  save(record: SeriesRecord): void {
    this.write('series.json', `${JSON.stringify(record, null, 2)}\n`)
  }

  /** A file of the folder, whole or not at all. @returns its absolute path */
  write(name: string, text: string): string {
    const path = join(this.dir, name)
    try {
      writeAtomicallySync(path, text)
      return path
    } catch (cause) {
      throw new PrerequisiteError(
        `Cannot write ${path}: ${(cause as Error).message}. The runs so far are in their own folders.`,
        { cause },
      )
    }
  }
}

/** The record of a series to go on with. @throws ConfigError where there is none, or it cannot be read */
export function readSeries(outputDir: string, seriesId: string): SeriesRecord {
  const path = join(seriesDir(outputDir, seriesId), 'series.json')
  try {
    if (!statSync(path).isFile()) throw new Error('it is no file')
    return parseSeries(JSON.parse(readFileSync(path, 'utf8')), path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      [
        {
          path: 'resume',
          message: `there is no readable record of series ${seriesId}: ${error instanceof SyntaxError ? jsonFault(error) : (error as Error).message}.`,
        },
      ],
      path,
    )
  }
}
