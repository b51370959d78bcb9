import { beforeAll, describe, expect, test } from 'vitest'
import { corpusParameters } from '../../src/datagen/plan'
import { datagenConfig, makeRows, type Row } from './support'

const DAY_US = 86_400_000_000

const ROWS = 65_536
const RANDOM_TEXT = ['interaction_payload', 'session_fingerprint', 'session_id']
const COLUMNS = [
  'event_timestamp',
  'event_id',
  'customer_id',
  'email_raw',
  'phone_raw',
  'interaction_type',
  'product_id',
  'product_category',
  'transaction_amount',
  'currency',
  'channel',
  'device_type',
  'browser',
  'ip_address',
  'city_raw',
  'state_raw',
  'zip_code',
  'page_views',
  'time_on_site_seconds',
  'bounce_rate',
  'click_count',
  'cart_value',
  'items_in_cart',
  'support_ticket_id',
  'issue_category',
  'satisfaction_score',
  'campaign_id',
  'utm_source',
  'utm_medium',
  'loyalty_member',
  'loyalty_tier',
  'points_earned',
  'points_redeemed',
  'data_source',
  'data_quality_flag',
  'raw_user_agent',
]

let rows: Row[]
beforeAll(() => {
  rows = makeRows({ scale: 1 }, 0, ROWS, COLUMNS)
})

const isShopping = (r: Row) => r.interaction_type !== 'login' && r.interaction_type !== 'support'

/** Share of `among` that fits, within six standard deviations of a binomial draw. */
function expectShare(
  share: number,
  fits: (row: Row) => boolean,
  among: readonly Row[] = rows,
): void {
  const found = among.filter(fits).length
  expect(Math.abs(found - among.length * share)).toBeLessThan(
    6 * Math.sqrt(among.length * share * (1 - share)) + 1e-9,
  )
}

function expectShares(
  column: string,
  shares: Readonly<Record<string, number>>,
  among: readonly Row[] = rows,
): void {
  for (const [value, share] of Object.entries(shares))
    expectShare(share, r => r[column] === value, among)
  expect(new Set(among.map(r => r[column]))).toEqual(new Set(Object.keys(shares)))
}

const uniform = (values: readonly string[]) =>
  Object.fromEntries(values.map(v => [v, 1 / values.length]))

/** Every value lies in [low, high], and so does the mean of a uniform draw within six standard errors. */
function expectUniform(column: string, low: number, high: number, among: readonly Row[]): void {
  const values = among.map(r => Number(r[column]))
  expect(values.every(v => v >= low && v <= high)).toBe(true)
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const deviation = (high - low + 1) / Math.sqrt(12 * values.length)
  expect(Math.abs(mean - (low + high) / 2)).toBeLessThan(6 * deviation)
}

describe('words by their shares', () => {
  test('interaction types', () =>
    expectShares('interaction_type', {
      purchase: 0.18,
      browse: 0.35,
      support: 0.12,
      login: 0.2,
      abandoned_cart: 0.15,
    }))
  test('data sources', () =>
    expectShares('data_source', {
      primary_system: 0.7,
      legacy_import: 0.15,
      manual_entry: 0.1,
      third_party_api: 0.05,
    }))
  test('quality flags', () =>
    expectShares('data_quality_flag', {
      clean: 0.92,
      duplicate_suspected: 0.02,
      incomplete_data: 0.03,
      format_inconsistent: 0.03,
    }))
  test('channels', () =>
    expectShares('channel', uniform(['web', 'mobile_app', 'store', 'call_center', 'social_media'])))
  test('currencies', () => expectShares('currency', uniform(['USD', 'EUR', 'GBP', 'CAD'])))
  test('categories, devices, browsers, issues, campaigns where there are any', () => {
    expectShares(
      'product_category',
      uniform(['electronics', 'clothing', 'home_garden', 'books', 'sports']),
      rows.filter(isShopping),
    )
    const onScreen = rows.filter(r => r.device_type !== null)
    expectShares('device_type', uniform(['desktop', 'mobile', 'tablet']), onScreen)
    expectShares('browser', uniform(['chrome', 'safari', 'firefox', 'edge']), onScreen)
    const support = rows.filter(r => r.interaction_type === 'support')
    expectShares('issue_category', uniform(['billing', 'technical', 'general_inquiry']), support)
    const campaigns = rows.filter(r => r.campaign_id !== null)
    expectShares('utm_source', uniform(['google', 'facebook', 'email', 'direct']), campaigns)
    expectShares('utm_medium', uniform(['cpc', 'organic', 'referral']), campaigns)
  })
  test('user agents have nothing to do with browser and device', () => {
    const form = /^(chrome|safari|firefox|edge)\/(\d+)\.0 \((desktop|mobile|tablet); (.+)\)$/
    const agents = rows.map(r => form.exec(String(r.raw_user_agent))!)
    expect(agents.every(m => Number(m[2]) >= 90 && Number(m[2]) <= 129)).toBe(true)
    const systems = new Set(agents.map(m => m[4]))
    expect(systems).toEqual(
      new Set(['Windows NT 10.0', 'macOS 14.0', 'Linux', 'iOS 17', 'Android 14']),
    )
    expectShare(
      1 / 4,
      r => String(r.raw_user_agent).startsWith(`${r.browser}/`),
      rows.filter(r => r.browser),
    )
  })
})

describe('null and NaN rules, exactly', () => {
  const nullRules: Readonly<Record<string, (r: Row) => boolean>> = {
    product_id: r => !isShopping(r),
    product_category: r => !isShopping(r),
    click_count: r => !isShopping(r),
    items_in_cart: r => !isShopping(r),
    device_type: r => r.channel === 'store' || r.channel === 'call_center',
    browser: r => r.channel === 'store' || r.channel === 'call_center',
    support_ticket_id: r => r.interaction_type !== 'support',
    issue_category: r => r.interaction_type !== 'support',
    satisfaction_score: r => r.interaction_type !== 'support',
    utm_source: r => r.campaign_id === null,
    utm_medium: r => r.campaign_id === null,
    loyalty_tier: r => r.loyalty_member === false,
  }
  test.each(Object.keys(nullRules))('%s', column => {
    expect(rows.every(r => (r[column] === null) === nullRules[column]!(r))).toBe(true)
  })
  test('campaigns are null in 60 % of the rows', () =>
    expectShare(0.6, r => r.campaign_id === null))
  test('cart_value is NaN, not null, for login and support only', () => {
    expect(
      rows.every(r => Number.isNaN(r.cart_value) === !isShopping(r) && r.cart_value !== null),
    ).toBe(true)
  })
  test('every other column is never null', () => {
    const nullable = new Set([...Object.keys(nullRules), 'campaign_id'])
    for (const column of COLUMNS.filter(c => !nullable.has(c))) {
      expect(
        rows.some(r => r[column] === null || r[column] === undefined),
        column,
      ).toBe(false)
    }
  })
})

describe('numbers', () => {
  test('amounts are log-normal for purchases and 0 otherwise', () => {
    const purchases = rows.filter(r => r.interaction_type === 'purchase')
    expect(rows.every(r => r.interaction_type === 'purchase' || r.transaction_amount === 0)).toBe(
      true,
    )
    const amounts = purchases.map(r => r.transaction_amount as number)
    expect(
      amounts.every(a => a >= 1 && a <= 9999.99 && Math.abs(a * 100 - Math.round(a * 100)) < 1e-6),
    ).toBe(true)
    // ln amount is N(4.3, 1.2) but for the clip at 1, which moves 0.02 % of the rows.
    const logs = amounts.map(Math.log)
    const mean = logs.reduce((a, b) => a + b, 0) / logs.length
    const deviation = Math.sqrt(logs.reduce((a, b) => a + (b - mean) ** 2, 0) / logs.length)
    expect(Math.abs(mean - 4.3)).toBeLessThan((6 * 1.2) / Math.sqrt(logs.length))
    expect(Math.abs(deviation - 1.2)).toBeLessThan((6 * 1.2) / Math.sqrt(2 * logs.length))
    const quantile = (z: number) => Math.exp(4.3 + 1.2 * z)
    expectShare(0.5, r => (r.transaction_amount as number) < quantile(0), purchases)
    expectShare(0.95, r => (r.transaction_amount as number) < quantile(1.6449), purchases)
    expectShare(0.99, r => (r.transaction_amount as number) < quantile(2.3263), purchases)
  })
  test('page views, time on site, bounce rate', () => {
    const views = (r: Row) => r.interaction_type === 'browse' || r.interaction_type === 'purchase'
    const viewing = rows.filter(views)
    expectUniform('page_views', 1, 20, viewing)
    expectUniform('time_on_site_seconds', 30, 3629, viewing)
    expect(rows.every(r => views(r) || (r.page_views === 0 && r.time_on_site_seconds === 0))).toBe(
      true,
    )
    expect(rows.every(r => r.bounce_rate === (r.page_views === 1 ? 1 : 0))).toBe(true)
  })
  test('clicks, carts, satisfaction', () => {
    const shopping = rows.filter(isShopping)
    expectUniform('click_count', 1, 100, shopping)
    expectUniform('items_in_cart', 0, 20, shopping)
    expectUniform('cart_value', 0, 9999.99, shopping)
    expectUniform(
      'satisfaction_score',
      1,
      5,
      rows.filter(r => r.satisfaction_score !== null),
    )
  })
  test('points follow membership and amount', () => {
    const earned = (r: Row) =>
      r.loyalty_member ? Math.trunc((r.transaction_amount as number) * 10) : 0
    expect(rows.every(r => r.points_earned === earned(r))).toBe(true)
    const redeeming = rows.filter(r => r.points_redeemed !== 0)
    expect(redeeming.every(r => r.loyalty_member === true)).toBe(true)
    expectUniform('points_redeemed', 100, 999, redeeming)
    expectShare(
      0.1,
      r => r.points_redeemed !== 0,
      rows.filter(r => r.loyalty_member),
    )
  })
})

describe('text', () => {
  const forms: Readonly<Record<string, RegExp>> = {
    event_id: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    product_id: /^PRD[1-9]\d{4}$/,
    support_ticket_id: /^TKT[1-9]\d{4}$/,
    campaign_id: /^CMP[1-9]\d\d$/,
    zip_code: /^[1-9]\d{4}$/,
  }
  test.each(Object.keys(forms))('%s', column => {
    expect(rows.every(r => r[column] === null || forms[column]!.test(String(r[column])))).toBe(true)
  })
  test('addresses have four parts in their ranges', () => {
    const parts = rows.map(r => String(r.ip_address).split('.').map(Number))
    expect(parts.every(p => p.length === 4 && p.every(n => n >= 0 && n <= 254))).toBe(true)
    expect(parts.every(p => p[0]! >= 1 && p[3]! >= 1 && p[3]! <= 253)).toBe(true)
  })
  test('payload, fingerprint and ids are fresh in every row', () => {
    const some = makeRows({}, 5000, 500, RANDOM_TEXT)
    for (const [column, form] of [
      ['interaction_payload', /^[0-9a-f]{4096}$/],
      ['session_fingerprint', /^[0-9a-f]{64}$/],
      ['session_id', forms.event_id!],
    ] as const) {
      expect(some.every(r => form.test(String(r[column])))).toBe(true)
      expect(new Set(some.map(r => r[column])).size).toBe(some.length)
    }
    const digits = some.map(r => r.interaction_payload).join('')
    const expected = digits.length / 16
    for (const digit of '0123456789abcdef') {
      expect(Math.abs(digits.split(digit).length - 1 - expected)).toBeLessThan(
        6 * Math.sqrt(expected),
      )
    }
  })
})

describe('customers and time', () => {
  test('Zipf with exponent 1.5', () => {
    const zeta = Array.from({ length: 100_000 }, (_, i) => (i + 1) ** -1.5).reduce((a, b) => a + b)
    for (const k of [1, 2, 3, 10, 100]) expectShare(k ** -1.5 / zeta, r => r.customer_id === k)
    expect(
      rows.every(r => (r.customer_id as number) >= 1 && (r.customer_id as number) <= 100_000),
    ).toBe(true)
  })
  test('loyalty is constant for a customer, 60 % are members, tiers 70/20/10', () => {
    const tiers = new Map<unknown, unknown>()
    for (const r of rows) {
      if (tiers.has(r.customer_id)) expect(tiers.get(r.customer_id)).toBe(r.loyalty_tier)
      else tiers.set(r.customer_id, r.loyalty_tier)
    }
    const customers = [...tiers.values()].map(tier => ({ tier }) as Row)
    expectShare(0.4, c => c.tier === null, customers)
    const members = customers.filter(c => c.tier !== null)
    expectShares('tier', { bronze: 0.7, silver: 0.2, gold: 0.1 }, members)
  })
  test('events are uniform over the window, end excluded, and not ordered', () => {
    const [start, end] = [Date.UTC(2024, 0, 1) * 1000, Date.UTC(2025, 0, 1) * 1000]
    const times = rows.map(r => r.event_timestamp as number)
    expect(times.every(t => Number.isInteger(t) && t >= start && t < end)).toBe(true)
    for (let month = 0; month < 12; month++) {
      const [from, to] = [Date.UTC(2024, month, 1) * 1000, Date.UTC(2024, month + 1, 1) * 1000]
      expectShare(
        (to - from) / (end - start),
        r => (r.event_timestamp as number) >= from && (r.event_timestamp as number) < to,
      )
    }
    const microseconds = times.filter(t => t % 1000 !== 0).length
    expect(microseconds).toBeGreaterThan(ROWS * 0.99)
    const rising = times.filter((t, i) => i > 0 && t > times[i - 1]!).length
    expect(Math.abs(rising / ROWS - 0.5)).toBeLessThan(6 / Math.sqrt(12 * ROWS))
  })
  test('exponent 0 spreads the customers evenly', () => {
    const even = makeRows({ scale: 0.001, zipf_exponent: 0 }, 0, 20_000, ['customer_id'])
    for (const k of [1, 500, 1000]) expectShare(1 / 1000, r => r.customer_id === k, even)
  })
  test('date_skew heats the middle date, beyond its even share', () => {
    const skewed = makeRows({ date_skew: 0.3 }, 0, 20_000, ['event_timestamp'])
    const date = (r: Row) =>
      new Date((r.event_timestamp as number) / 1000).toISOString().slice(0, 10)
    expectShare(0.3 + 0.7 / 366, r => date(r) === '2024-07-02', skewed)
    const others = skewed.filter(r => date(r) !== '2024-07-02')
    // 183 of the other 365 dates of a leap year come before it.
    expectShare(183 / 365, r => date(r) < '2024-07-02', others)
  })
  test('a replay goes through the window row by row, but for a few that are up to three days late', () => {
    const config = { event_clock: 'replay', scale: 0.01 } as const
    const { rows, timestamp_start, timestamp_end } = corpusParameters(datagenConfig(config), {
      paced: true,
    })
    const [start, end] = [Date.parse(timestamp_start) * 1000, Date.parse(timestamp_end) * 1000]
    const turn = (row: number) => start + (row / rows) * (end - start)
    const times = makeRows(config, 0, rows, ['event_timestamp']).map(
      r => r.event_timestamp as number,
    )
    const early = times.filter((t, row) => t < Math.floor(turn(row)))
    expect(early.length / rows).toBeGreaterThan(0.02 - 6 * Math.sqrt(0.02 / rows))
    expect(early.length / rows).toBeLessThan(0.02 + 6 * Math.sqrt(0.02 / rows))
    for (const [row, t] of times.entries()) {
      expect(t).toBeGreaterThanOrEqual(Math.max(start, turn(row) - 3 * DAY_US - 1))
      expect(t).toBeLessThan(Math.min(end, turn(row + 1) + 1))
    }
  })
  test('a window of hours stays inside itself, skew or not', () => {
    const window = {
      timestamp_start: '2024-03-01T22:00:00Z',
      timestamp_end: '2024-03-02T01:00:00Z',
      date_skew: 0.5,
    }
    const times = makeRows(window, 0, 5000, ['event_timestamp']).map(
      r => r.event_timestamp as number,
    )
    const [start, end] = [
      Date.parse(window.timestamp_start) * 1000,
      Date.parse(window.timestamp_end) * 1000,
    ]
    expect(times.every(t => t >= start && t < end)).toBe(true)
  })
})

describe('a row is a function of seed and number', () => {
  test('any stretch of rows equals the same rows of another stretch', () => {
    const whole = makeRows({}, 1000, 3000)
    for (const [from, count] of [
      [1000, 1],
      [2023, 5],
      [2500, 1500],
    ] as const) {
      expect(makeRows({}, from, count)).toEqual(whole.slice(from - 1000, from - 1000 + count))
    }
  })
  test('far rows are reached at once', () => {
    const [row] = makeRows({}, 2 ** 45, 1)
    expect(row!.id).toBe(2 ** 45)
    expect(row).toEqual(makeRows({}, 2 ** 45 - 1, 2)[1])
  })
  test('the golden row: any change here needs a new GENERATOR_VERSION', () => {
    const [row] = makeRows({}, 12_345, 1)
    const { interaction_payload, ...rest } = row!
    expect({ ...rest, payload_start: String(interaction_payload).slice(0, 32) }).toMatchSnapshot()
  })
  test('two seeds share nothing: no random text of one occurs in the other, at any shift', () => {
    const texts = (seed: number) =>
      makeRows({ seed }, 0, 2000, RANDOM_TEXT).flatMap(r => [
        r.session_id,
        r.session_fingerprint,
        ...String(r.interaction_payload).match(/.{32}/g)!,
      ])
    const one = new Set(texts(42))
    expect(texts(43).some(t => one.has(t))).toBe(false)
  })
})
