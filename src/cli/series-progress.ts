import type { TurnProgress } from '../results/series/session'
import { formatDuration } from '../shared/format'
import { note, type OutputOptions } from './output'
import { canRedraw, oneLine, type Style, styleFor } from './terminal'

const CLEAR_LINE = '\r\u001b[2K'

/** One line a finished run; while one runs, what it is and how long the rest may take, where lines can be redrawn. */
export class SeriesProgress {
  private readonly silent: boolean
  private readonly live: boolean
  private readonly style: Style
  private seconds = 0

  constructor({ quiet }: OutputOptions) {
    this.silent = quiet ?? false
    this.live = canRedraw(process.stderr, process.env)
    this.style = styleFor(process.stderr, process.env)
  }

  readonly onTurn = (turn: TurnProgress): void => {
    if (this.silent) return
    this.erase()
    if (turn.metrics === null) {
      if (this.live)
        process.stderr.write(
          oneLine(`${turnText(turn)} …${this.remaining(turn)}`).slice(
            0,
            (process.stderr.columns ?? 80) - 1,
          ),
        )
      return
    }
    this.seconds += turn.metrics.total_elapsed_seconds
    const { verdict, end_time, total_elapsed_seconds, error_message } = turn.metrics
    const painted = verdict === 'PASSED' ? verdict : this.style.bad(verdict)
    const why = error_message ? `: ${error_message.split('\n')[0]}` : ''
    const stamp = this.live ? '' : `${end_time.slice(11, 19)}Z `
    note(
      `${stamp}${turnText(turn)} ${painted} in ${formatDuration(total_elapsed_seconds)}${why}${this.remaining(turn)}`,
    )
  }

  close(): void {
    this.erase()
  }

  private erase(): void {
    if (this.live && !this.silent) process.stderr.write(CLEAR_LINE)
  }

  private remaining({ done, total }: TurnProgress): string {
    if (done === 0 || done === total) return ''
    return `, about ${formatDuration((this.seconds / done) * (total - done))} to go`
  }
}

function turnText({ round, planned_rounds, arm }: TurnProgress): string {
  return round === 0 ? `warm-up ${arm}` : `round ${round} of ${planned_rounds}, ${arm}`
}
