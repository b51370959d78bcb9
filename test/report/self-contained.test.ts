import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { RunMetrics } from '../../src/contracts/metrics'
import { renderReport } from '../../src/report/report'
import {
  abortedRun,
  failedRun,
  invalidBenchmarkRun,
  plan,
  succeededRun,
  verification,
} from './fixtures'

const drawn = await (async (): Promise<[string, string][]> => {
  const runs: [string, RunMetrics][] = [
    ['succeeded', succeededRun()],
    ['failed', failedRun()],
    ['invalid benchmark', invalidBenchmarkRun()],
    ['aborted', abortedRun()],
  ]
  return Promise.all(
    runs.map(
      async ([name, run]): Promise<[string, string]> => [
        name,
        await renderReport(run, { verification: verification(), plan: plan() }),
      ],
    ),
  )
})()

test.each(drawn)('%s: nothing is fetched, and only the page’s own script runs', (_, page) => {
  expect(page.match(/<script/g)).toHaveLength(1)
  expect(page).not.toMatch(
    /<script[^>]|<link|<iframe|<object|<embed|<base|<form|@import|url\(|javascript:/i,
  )
  expect(page).not.toMatch(/\son[a-z]+\s*=/i)
  expect(page).not.toMatch(/\sstyle\s*=/i)
  expect(page).not.toMatch(/(src|srcset|href|action|data)\s*=\s*["']?\s*(https?:)?\/\//i)
  for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/)
})

test.each(drawn)(
  '%s: the policy admits this style sheet and this script, and nothing else',
  (_, page) => {
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)![1]!
    const style = /<style>([\s\S]*)<\/style>/.exec(page)![1]!
    const script = /<script>([\s\S]*)<\/script>/.exec(page)![1]!
    const hash = (text: string) => createHash('sha256').update(text).digest('base64')
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash(style)}'`,
      `script-src 'sha256-${hash(script)}'`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ])
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
  },
)

test.each(drawn)('%s: tables, headings and landmarks can be told apart without eyes', (_, page) => {
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(page.match(/<h1[ >]/g)).toHaveLength(1)
  expect(page.match(/<main /g)).toHaveLength(1)
  for (const table of page.match(/<table[ >][\s\S]*?<\/table>/g)!) {
    expect(table).toMatch(/<caption>[^<]/)
    expect(table).toMatch(/<th scope="col"/)
    expect(table).toMatch(/<th scope="row"/)
    const columns = table.match(/<th scope="col"/g)!.length
    for (const row of table.match(/<tr><th scope="row"[\s\S]*?<\/tr>/g)!)
      expect(row.match(/<td|<th/g)).toHaveLength(columns)
  }
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, target] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g))
    expect(ids).toContain(target)
  for (const svg of page.match(/<svg[^>]*>/g)!) expect(svg).toMatch(/aria-hidden="true"|role="img"/)
})

test('every element that is opened is closed, in order', async () => {
  const alone = new Set(['meta', 'br', 'line', 'rect', 'circle', 'doctype'])
  for (const [name, page] of drawn) {
    const open: string[] = []
    for (const [, slash, tag] of page
      .replace(/<style>[\s\S]*<\/style>/, '')
      .replace(/<script>[\s\S]*<\/script>/, '')
      .replace(/<[a-z]+[^>]*\/>/g, '')
      .matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (alone.has(tag!)) continue
      if (!slash) open.push(tag!)
      else expect(open.pop(), name).toBe(tag)
    }
    expect(open, name).toEqual([])
  }
})
