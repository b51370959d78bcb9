import type { EventListeners, EventMap } from '../contracts/events'
import { every, guarded } from '../shared/guard'
import {
  type EndedStage,
  endedLine,
  endedParts,
  liveLine,
  phaseLine,
  plainProgress,
  RunningStage,
} from './progress-line'
import { oneLine, type Style, type Terminal } from './terminal'
import { plainWindow, roundLine, windowLine } from './window-text'

/** `live` redraws one line, `plain` appends lines to a log, `silent` writes nothing. */
export type ProgressMode = 'live' | 'plain' | 'silent'

export interface ProgressOptions {
  readonly terminal: Terminal
  readonly mode: ProgressMode
  readonly style: Style
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

const REDRAW_MS = 100
const PLAIN_INTERVAL_MS = 10_000
/** Behind the last stage, where nothing is counted that a line could show. */
const PHASE_INTERVAL_MS = 5_000
const NARROWEST = 20
const USUAL_WIDTH = 80

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_LINE = '\r\u001b[2K'

/** Shows a run as it goes, from its events alone. */
export class ProgressReporter {
  private readonly options: ProgressOptions
  private stage: RunningStage | null = null
  /** The streams of a continuous run, as they were told last. */
  private window: EventMap['stream:progress'] | null = null
  /** Work behind the last stage, and when it began. */
  private phase: { readonly text: string; readonly since: number } | null = null
  private drawn = ''
  private cursorHidden = false
  private lastPlain = 0
  private timer: NodeJS.Timeout | null = null

  constructor(options: ProgressOptions) {
    this.options = options
  }

  /** Redraw ten times a second, or add to the log, until closed, and give the cursor back however the process ends. */
  start(): this {
    const { mode } = this.options
    if (mode !== 'silent') {
      this.timer = every(REDRAW_MS, () =>
        mode === 'live' ? this.draw() : this.append(new Date().toISOString()),
      )
      this.timer.unref()
      process.on('exit', this.close)
    }
    return this
  }

  readonly close = guarded((): void => {
    if (this.timer) clearInterval(this.timer)
    this.timer = null
    process.off('exit', this.close)
    this.erase()
    if (this.cursorHidden) this.options.terminal.write(SHOW_CURSOR)
    this.cursorHidden = false
  })

  /** Listeners as `runBatch` and its kin take them as `on`. */
  get listeners(): EventListeners {
    if (this.options.mode === 'silent') return {}
    return {
      'run:start': e => this.runStarted(e),
      'run:wait': e => this.say(oneLine(e.message), e.at),
      'run:phase': e => this.phaseStarted(e),
      'stage:start': e => this.stageStarted(e),
      'stage:progress': e => this.progressed(e),
      'stage:end': e => this.stageEnded(e),
      'query:start': e => this.detail(e.query),
      'stream:progress': e => this.streamed(e),
      'round:end': e => this.say(roundLine(e), e.at),
      warning: e => this.warned(e),
    }
  }

  /** Bring the live line up to date; nothing is written where it says the same as before. */
  draw(): void {
    const { mode, now, terminal, style } = this.options
    if (mode !== 'live') return
    const width = Math.max(NARROWEST, (terminal.columns ?? USUAL_WIDTH) - 1)
    const line = this.window
      ? windowLine(this.window, width)
      : this.stage
        ? liveLine(this.stage, now(), width, style)
        : this.phase && phaseLine(this.phase.text, (now() - this.phase.since) / 1000, width)
    if (line === null || line === this.drawn) return
    terminal.write(`${this.cursorHidden ? '' : HIDE_CURSOR}${CLEAR_LINE}${line}`)
    this.cursorHidden = true
    this.drawn = line
  }

  private runStarted(event: EventMap['run:start']): void {
    const text = `Run ${event.run_id}: ${event.stages.join(' → ')}`
    this.say(text, event.at)
  }

  private stageStarted(event: EventMap['stage:start']): void {
    this.phase = null
    this.stage = new RunningStage(event.stage, event.index, event.total, this.options.now())
    this.lastPlain = this.options.now()
    if (this.options.mode === 'plain')
      this.say(`${event.stage}: started (${event.index + 1} of ${event.total})`, event.at)
    this.draw()
  }

  private progressed(event: EventMap['stage:progress']): void {
    const now = this.options.now()
    if (!this.stage || this.stage.name !== event.stage) return
    this.stage.add(event, now)
    this.append(event.at)
  }

  private streamed(event: EventMap['stream:progress']): void {
    this.window = event
    this.append(event.at)
  }

  private phaseStarted({ phase, at }: EventMap['run:phase']): void {
    this.phase = { text: phase, since: this.options.now() }
    this.lastPlain = this.phase.since
    if (this.options.mode === 'plain') this.say(oneLine(phase), at)
    this.draw()
  }

  /** A line of a log, where the last one is long enough ago. */
  private append(at: string): void {
    const now = this.options.now()
    const interval = this.phase ? PHASE_INTERVAL_MS : PLAIN_INTERVAL_MS
    if (this.options.mode !== 'plain' || now - this.lastPlain < interval) return
    this.lastPlain = now
    if (this.window) this.say(plainWindow(this.window), at)
    else if (this.stage) this.say(`${this.stage.name}: ${plainProgress(this.stage, now)}`, at)
    else if (this.phase)
      this.say(phaseLine(this.phase.text, (now - this.phase.since) / 1000, Infinity).trim(), at)
  }

  private stageEnded(event: EventMap['stage:end']): void {
    const ended: EndedStage = {
      name: event.stage,
      status: event.status,
      seconds: event.duration_ms / 1000,
      error_message: event.error_message,
      job: event.job,
    }
    this.stage = null
    this.window = null
    if (this.options.mode === 'plain') {
      const word = {
        succeeded: 'done in',
        failed: 'failed after',
        aborted: 'aborted after',
        skipped: 'skipped,',
      }
      // The word says the status already.
      const parts = endedParts(ended).filter(part => part !== event.status)
      this.say(`${event.stage}: ${word[event.status]} ${parts.join(', ')}`, event.at)
    } else {
      this.say(endedLine(ended, this.options.style), event.at)
    }
  }

  private detail(text: string): void {
    if (this.stage) this.stage.detail = text
  }

  private warned(event: EventMap['warning']): void {
    const where = event.stage ? `${event.stage}: ` : ''
    this.say(`${this.options.style.bad('!')} ${oneLine(`${where}${event.message}`)}`, event.at)
  }

  /** A line that stays, above the live one. */
  private say(line: string, at: string): void {
    this.erase()
    const stamp = this.options.mode === 'plain' ? `${at.slice(11, 19)}Z ` : ''
    this.options.terminal.write(`${stamp}${line}\n`)
    this.draw()
  }

  private erase(): void {
    if (this.drawn !== '') this.options.terminal.write(CLEAR_LINE)
    this.drawn = ''
  }
}
