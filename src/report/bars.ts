import { type Html, html } from './html'

/** Part of a bar, as shares 0..1 of the axis. */
export interface BarPart {
  readonly from: number
  readonly to: number
  readonly tone: Tone
}

export type Tone = 'main' | 'soft' | 'bad' | 'planted'

/** Attributes hold where a style sheet is refused; with one, classes follow the colour scheme. */
const FILL: Readonly<Record<Tone, string>> = {
  main: '#0072B2',
  soft: '#8fbfdc',
  bad: '#D55E00',
  planted: '#009E73',
}

/** Shorter parts would vanish; a share of the axis. */
const SHORTEST = 0.004

const HEIGHT = 16

export interface BarOptions {
  /** Grid lines, shares of the axis. */
  readonly grid?: readonly number[]
  /** Single measurements over the bar, shares of the axis. */
  readonly dots?: readonly number[]
}

/**
 * One row's bar. It stretches with its cell, because all its lengths are percentages, and holds no text: the row's other
 * cells say the same in words, so it is hidden from screen readers.
 */
export function bar(parts: readonly BarPart[], options: BarOptions = {}): Html {
  const { grid = [], dots = [] } = options
  return html`<svg class="bar" width="100%" height="${HEIGHT}" aria-hidden="true" focusable="false">${grid.map(
    at => html`<line class="grid" stroke="#d5dade" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="${HEIGHT}"/>`,
  )}${parts.map(
    part =>
      html`<rect class="${part.tone}" fill="${FILL[part.tone]}" x="${percent(part.from)}" y="3" width="${percent(width(part))}" height="10" rx="1.5"/>`,
  )}${dots.map(at => html`<circle class="dot" fill="#16202a" stroke="#ffffff" cx="${percent(at)}" cy="8" r="2.5"/>`)}</svg>`
}

/** Labels of a bar column's axis. */
export function axis(ticks: readonly { readonly at: number; readonly label: string }[]): Html {
  return html`<svg class="axis" width="100%" height="${HEIGHT}" aria-hidden="true" focusable="false">${ticks.map(
    ({ at, label }) =>
      html`<text fill="#55606b" font-size="11" y="12" x="${percent(at)}" text-anchor="${at < 0.02 ? 'start' : at > 0.98 ? 'end' : 'middle'}">${label}</text>`,
  )}</svg>`
}

/** Round numbers from 0 that cut `[0, end]` into two to four parts. */
export function niceTicks(end: number): number[] {
  if (!(end > 0) || !Number.isFinite(end)) return [0]
  const rough = end / 3.5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough)!
  const ticks: number[] = []
  for (let i = 0; i * step <= end * 1.0001; i++) ticks.push(i * step)
  return ticks
}

function width(part: BarPart): number {
  const from = clamp(part.from)
  return Math.min(Math.max(clamp(part.to) - from, SHORTEST), Math.max(1 - from, SHORTEST))
}

const clamp = (share: number) => (Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0)
const percent = (share: number) => `${(Math.round(clamp(share) * 1e5) / 1e3).toString()}%`
