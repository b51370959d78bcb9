import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allPages, axeSource, openBrowser, PageFolder } from './pages'

const SCREENSHOTS = process.env.LAKEBENCH_SCREENSHOTS
const pages = await allPages()
const names = [...pages.keys()].map(name => [name] as const)
const folder = new PageFolder()
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  folder.remove()
})

interface Opened {
  readonly page: Page
  /** Errors of the console, exceptions, and what the policy refused. */
  readonly complaints: string[]
  /** Everything that was asked for, the page itself left out. */
  readonly requests: string[]
}

async function open(
  name: string,
  options: BrowserContextOptions = {},
  change = (text: string) => text,
): Promise<Opened> {
  const url = folder.save(name, change(pages.get(name)!))
  const page = await browser.newPage(options)
  const [complaints, requests]: [string[], string[]] = [[], []]
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => {
    if (request.url() !== url) requests.push(request.url())
  })
  await page.goto(url, { waitUntil: 'load' })
  return { page, complaints, requests }
}

const openAll = (page: Page) =>
  page.evaluate(() => {
    document.querySelectorAll('details').forEach(details => {
      details.open = true
    })
  })

test.each(names)('%s: no complaint, no request, no dialog, and a heading', async name => {
  const { page, complaints, requests } = await open(name)
  await openAll(page)
  await page.waitForTimeout(100)
  expect({ complaints, requests }).toEqual({ complaints: [], requests: [] })
  expect(await page.locator('h1').count()).toBe(1)
  expect(await page.locator('script').count()).toBe(1)
  expect(await page.locator('img').count()).toBe(0)
  await page.close()
})

test.each(
  names.flatMap(([name]) => (['light', 'dark'] as const).map(scheme => [name, scheme] as const)),
)('%s, %s: axe-core finds nothing serious', async (name, colorScheme) => {
  const { page } = await open(name, { colorScheme, viewport: { width: 1600, height: 1000 } })
  await openAll(page)
  await page.evaluate(await axeSource())
  const violations = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is a global of the page, not of this file
    const found = await (globalThis as any).axe.run(document)
    return found.violations.map(
      ({ id, impact, nodes }: { id: string; impact: string; nodes: { html: string }[] }) => ({
        id,
        impact,
        where: nodes.slice(0, 3).map(node => node.html.slice(0, 200)),
      }),
    )
  })
  expect(
    violations.filter(
      ({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical',
    ),
  ).toEqual([])
  await page.close()
})

test.each(names.flatMap(([name]) => [400, 1600].map(width => [name, width] as const)))(
  '%s at %i px: nothing but tables and charts is wider than the page',
  async (name, width) => {
    const { page } = await open(name, { viewport: { width, height: 900 } })
    await openAll(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    )
    // Charts keep a size at which their words can be read, and scroll in their own box.
    for (const chart of await page.locator('svg.chart').all())
      expect((await chart.boundingBox())!.width).toBeGreaterThanOrEqual(540)
    if (SCREENSHOTS) {
      mkdirSync(SCREENSHOTS, { recursive: true })
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}.png`), fullPage: true })
    }
    await page.close()
  },
)

test('a table is sorted by a click and by the keyboard, says so, and goes back to how it was written', async () => {
  const { page } = await open('batch')
  const rows = () => page.locator('#queries table.sortable tbody th').allInnerTexts()
  const engine = page.locator('#queries table.sortable thead th', { hasText: 'Engine' })
  const written = await rows()
  expect(written[0]).toContain('Q1')
  await engine.locator('button').click()
  expect(await engine.getAttribute('aria-sort')).toBe('ascending')
  expect((await rows()).map(text => text.split(' ')[0])).toEqual([
    'Q9',
    'Q5',
    'Q2',
    'Q4',
    'Q7',
    'Q3',
    'Q1',
    'Q6',
  ])
  await engine.locator('button').focus()
  await page.keyboard.press('Enter')
  expect(await engine.getAttribute('aria-sort')).toBe('descending')
  expect((await rows())[0]).toContain('Q6')
  await page.keyboard.press('Space')
  expect(await engine.getAttribute('aria-sort')).toBeNull()
  expect(await rows()).toEqual(written)
  await page.close()
})

test('the keyboard reaches the results at once, and every box that scrolls', async () => {
  const { page } = await open('batch', { viewport: { width: 400, height: 900 } })
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('Skip to the results')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement!.id)).toBe('main')
  const boxes = await page.locator('.scroll').all()
  for (const box of boxes) {
    expect(await box.getAttribute('tabindex')).toBe('0')
    expect(await box.getAttribute('aria-label')).toBeTruthy()
  }
  await page.close()
})

test('without scripts, and where even the style sheet is refused, everything is there', async () => {
  const bare = (text: string) => text.replace(/<style>[\s\S]*?<\/style>/, '')
  const { page } = await open('batch', { javaScriptEnabled: false }, bare)
  const text = await page.locator('main').innerText()
  for (const words of [
    'Time to value',
    'silver-build took longest',
    'Q6',
    'email_missing_at',
    'The jobs would cost',
  ])
    expect(text).toContain(words)
  expect(await page.locator('th button').count()).toBe(0)
  const drawn = page.locator('#time svg g.main').first()
  expect(
    await drawn
      .evaluate(element => getComputedStyle(element).fill)
      .catch(() => drawn.getAttribute('fill')),
  ).toMatch(/rgb\(0, 114, 178\)|#0072B2/)
  await page.close()
})

test('dark follows the reader, paper is light', async () => {
  const background = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const { page } = await open('batch', { colorScheme: 'dark' })
  expect(await background(page)).toBe('rgb(20, 23, 26)')
  const mark = () =>
    page
      .locator('#queries g.main')
      .first()
      .evaluate(element => getComputedStyle(element).fill)
  expect(await mark()).toBe('rgb(86, 180, 233)')
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await background(page)).toBe('rgb(255, 255, 255)')
  expect(await mark()).toBe('rgb(0, 114, 178)')
  const paper = await page.pdf({ format: 'A4' })
  expect(paper.subarray(0, 5).toString()).toBe('%PDF-')
  await page.close()
})

test('pages stay small', () => {
  for (const [name, text] of pages)
    expect({ name, small: text.length < 300_000 }).toEqual({ name, small: true })
})
