import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderComparison, renderReport } from '../../src/report/report'
import { compareFacts } from '../../src/results/compare/compare-runs'
import { hostileArms, hostileRecord } from '../fuzz/hostile-record'
import { fuzz } from '../fuzz/inputs'
import { plan, verification } from '../report/fixtures'
import { openBrowser, PageFolder } from './pages'

const folder = new PageFolder()
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  folder.remove()
})

test('pages of hostile records run nothing and ask for nothing', async () => {
  await fuzz(10, async random => {
    const arms = hostileArms(random)
    const texts = [
      await renderReport(hostileRecord(random), { verification: verification(), plan: plan() }),
      await renderComparison(compareFacts(arms), arms),
    ]
    for (const [i, text] of texts.entries()) {
      const url = folder.save(`fuzzed-${i}`, text)
      const page = await browser.newPage()
      const noticed: string[] = []
      page.on('console', message => noticed.push(message.text()))
      page.on('pageerror', error => noticed.push(error.message))
      page.on('dialog', dialog => noticed.push(dialog.message()))
      page.on('request', request => request.url() === url || noticed.push(request.url()))
      await page.goto(url, { waitUntil: 'load' })
      // Handlers of a pointer, a focus and an open fold are tried, too.
      await page.evaluate(() => {
        for (const details of Array.from(document.querySelectorAll('details'))) details.open = true
        for (const element of Array.from(document.querySelectorAll('*')))
          for (const type of ['mouseover', 'focus', 'error', 'load'])
            element.dispatchEvent(new Event(type))
      })
      expect(noticed).toEqual([])
      expect(await page.locator('script').count()).toBe(1)
      expect(await page.locator('img, iframe').count()).toBe(0)
      await page.close()
    }
  })
}, 120_000)
