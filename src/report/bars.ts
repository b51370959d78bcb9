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

/**
 * One row's bar. It stretches with its cell, because all its lengths are percentages, and holds no text: the row's other
 * cells say the same in words, so it is hidden from screen readers.
 */
export function bar(parts: readonly BarPart[]): Html {
  return html`<svg class="bar" width="100%" height="${HEIGHT}" aria-hidden="true" focusable="false">${parts.map(
    part =>
      html`<rect class="${part.tone}" fill="${FILL[part.tone]}" x="${percent(part.from)}" y="3" width="${percent(width(part))}" height="10" rx="1.5"/>`,
  )}</svg>`
}

function width(part: BarPart): number {
  const from = clamp(part.from)
  return Math.min(Math.max(clamp(part.to) - from, SHORTEST), Math.max(1 - from, SHORTEST))
}

const clamp = (share: number) => (Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0)
const percent = (share: number) => `${(Math.round(clamp(share) * 1e5) / 1e3).toString()}%`
