import { writeEmail, writePhone } from './contact'
import {
  Draws,
  EVENT_ID_AT,
  FINGERPRINT_AT,
  FINGERPRINT_BYTES,
  Keystream,
  PAYLOAD_BYTES,
  ROW_SPAN,
  SESSION_ID_AT,
  SLOT,
  seedKey,
  Zipf,
} from './draws'
import { type EventClock, EventTimes } from './event-times'
import type { CorpusParameters } from './plan'
import { AsciiWriter, hexBlock, type RowBatch, type Text, uuidText } from './row-batch'
import * as words from './vocabulary'
import {
  type DirtCounts,
  LOYALTY_TIER_SHARES,
  LOYALTY_TIERS,
  MEMBER_SHARE,
  noDirt,
} from './vocabulary'

/** Rows made from one stretch of keystream: 2.6 MB, which stays near the caches. */
const STRETCH = 1024
const NO_CAMPAIGN_SHARE = 0.6
const REDEEM_SHARE = 0.1
const LOG_MEAN = 4.3
const LOG_DEVIATION = 1.2
const MAX_AMOUNT = 9999.99

export type RowParameters = EventClock &
  Pick<CorpusParameters, 'seed' | 'customers' | 'dirty_data_ratio' | 'zipf_exponent'>

/** Makes rows by number: each is a function of the parameters and its number alone. */
export class RowMaker {
  private readonly keystream: Keystream
  private readonly customers: Customers
  private readonly zipf: Zipf
  private readonly times: EventTimes
  private readonly dirtyRatio: number
  private readonly draws = new Draws()
  private readonly ascii = new AsciiWriter()
  /** Dirt injected since the counts were last taken. */
  private dirt: DirtCounts = noDirt()

  constructor(p: RowParameters) {
    this.keystream = new Keystream(p.seed)
    this.customers = new Customers(p.seed)
    this.zipf = new Zipf(p.customers, p.zipf_exponent)
    this.times = new EventTimes(p)
    this.dirtyRatio = p.dirty_data_ratio
  }

  /** Rows `first .. first + count - 1` into the first places of `batch`. */
  fill(batch: RowBatch, first: number, count: number): void {
    for (let done = 0; done < count; done += STRETCH) {
      const length = Math.min(STRETCH, count - done)
      const bytes = this.keystream.rows(first + done, length)
      const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
      this.draws.load(bytes)
      for (let i = 0; i < length; i++) {
        this.draws.row(i)
        const at = done + i
        batch.columns.id[at] = first + at
        batch.columns.row_id[at] = first + at
        this.random(batch, at, bytes, halves, i * ROW_SPAN)
        this.contact(batch, at)
        this.place(batch, at)
        this.event(batch, at)
      }
    }
  }

  /** Dirt that was injected since the last call, by kind. */
  takeDirt(): DirtCounts {
    const taken = this.dirt
    this.dirt = noDirt()
    return taken
  }

  private random(
    batch: RowBatch,
    at: number,
    bytes: Uint8Array,
    halves: Uint16Array,
    from: number,
  ): void {
    const { event_id, session_id, session_fingerprint, interaction_payload } = batch
    uuidText(bytes, from + EVENT_ID_AT, event_id.bytes, at * event_id.width)
    uuidText(bytes, from + SESSION_ID_AT, session_id.bytes, at * session_id.width)
    const fingerprint = session_fingerprint.quads
    hexBlock(
      halves,
      from + FINGERPRINT_AT,
      FINGERPRINT_BYTES,
      fingerprint,
      at * session_fingerprint.width,
    )
    hexBlock(halves, from, PAYLOAD_BYTES, interaction_payload.quads, at * interaction_payload.width)
  }

  private contact({ columns, email, phone, ip }: RowBatch, at: number): void {
    const { draws, ascii } = this
    ascii.begin(email.bytes, at * email.width)
    writeEmail(ascii, draws, this.dirtyRatio, this.dirt)
    columns.email_raw[at] = new Uint8Array(
      email.bytes.buffer,
      at * email.width,
      ascii.at - at * email.width,
    )
    ascii.begin(phone.bytes, at * phone.width)
    writePhone(ascii, draws, this.dirtyRatio, this.dirt)
    columns.phone_raw[at] = new Uint8Array(
      phone.bytes.buffer,
      at * phone.width,
      ascii.at - at * phone.width,
    )
    ascii.begin(ip.bytes, at * ip.width)
    ascii.number(1 + draws.below(254, SLOT.ip))
    ascii.text('.')
    ascii.number(draws.below(255, SLOT.ip + 1))
    ascii.text('.')
    ascii.number(draws.below(255, SLOT.ip + 2))
    ascii.text('.')
    ascii.number(1 + draws.below(253, SLOT.ip + 3))
    columns.ip_address[at] = new Uint8Array(
      ip.bytes.buffer,
      at * ip.width,
      ascii.at - at * ip.width,
    )
  }

  private place({ columns, zip_code }: RowBatch, at: number): void {
    const { draws, dirt } = this
    const index = draws.below(words.PLACES.length, SLOT.place)
    let [city, state] = words.PLACES[index]!
    const misspelling = words.CITY_MISSPELLINGS[index]!
    if (misspelling !== null && draws.unit(SLOT.city_dirty) < this.dirtyRatio) {
      city = misspelling
      dirt.city_misspelled++
    }
    if (draws.unit(SLOT.state_dirty) < this.dirtyRatio) {
      const variants = words.STATE_DIRT[index]!
      const variant = variants[draws.below(variants.length, SLOT.state_variant)]!
      state = variant.text
      if (variant.visible) dirt.state_variant++
    }
    columns.city_raw[at] = city
    columns.state_raw[at] = state
    this.ascii.begin(zip_code.bytes, at * zip_code.width)
    this.ascii.digits(10_000 + draws.below(89_999, SLOT.zip), 5)
  }

  private event(batch: RowBatch, at: number): void {
    const { draws } = this
    const { columns } = batch
    const type =
      words.INTERACTION_TYPES[draws.weighted(words.INTERACTION_SHARES, SLOT.interaction_type)]!
    const channel = pick(words.CHANNELS, draws, SLOT.channel)
    const customer = this.zipf.rank(draws.wideUnit(SLOT.customer))
    const flag = words.QUALITY_FLAGS[draws.weighted(words.QUALITY_FLAG_SHARES, SLOT.quality_flag)]!
    columns.event_timestamp[at] = this.times.at(draws, Number(columns.row_id[at]))
    columns.customer_id[at] = customer
    columns.interaction_type[at] = type
    columns.channel[at] = channel
    columns.currency[at] = pick(words.CURRENCIES, draws, SLOT.currency)
    columns.data_source[at] =
      words.DATA_SOURCES[draws.weighted(words.DATA_SOURCE_SHARES, SLOT.data_source)]!
    columns.data_quality_flag[at] = flag
    this.dirt[`quality_flag_${flag}`]++
    const amount = type === 'purchase' ? this.amount() : 0
    columns.transaction_amount[at] = amount
    const onScreen = channel !== 'store' && channel !== 'call_center'
    columns.device_type[at] = onScreen ? pick(words.DEVICES, draws, SLOT.device) : null
    columns.browser[at] = onScreen ? pick(words.BROWSERS, draws, SLOT.browser) : null
    columns.raw_user_agent[at] = this.userAgent()
    this.visit(batch, at, type)
    this.support(batch, at, type === 'support')
    this.campaign(batch, at)
    this.loyalty(batch, at, customer, type === 'purchase' ? amount : 0)
  }

  /**
   * `clip(exp(N(4.3, 1.2)), 1, 9999.99)` in cents, by Box-Muller. A math library that differs in its last bit would move a
   * cent in about one of 10¹² rows.
   */
  private amount(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.draws.unit(SLOT.amount_radius)))
    const normal = radius * Math.cos(2 * Math.PI * this.draws.unit(SLOT.amount_angle))
    const amount = Math.exp(LOG_MEAN + LOG_DEVIATION * normal)
    return Math.round(Math.min(MAX_AMOUNT, Math.max(1, amount)) * 100) / 100
  }

  private userAgent(): string {
    const [browsers, versions, devices, systems] = words.AGENT_RADIX
    const { draws } = this
    const browser = draws.below(browsers, SLOT.agent_browser)
    const version = draws.below(versions, SLOT.agent_version)
    const device = draws.below(devices, SLOT.agent_device)
    const system = draws.below(systems, SLOT.agent_os)
    return words.USER_AGENTS[
      ((browser * versions + version) * devices + device) * systems + system
    ]!
  }

  private visit(
    { columns, product_id }: RowBatch,
    at: number,
    type: (typeof words.INTERACTION_TYPES)[number],
  ): void {
    const { draws, ascii } = this
    const shops = type !== 'login' && type !== 'support'
    const views =
      type === 'browse' || type === 'purchase' ? 1 + draws.below(20, SLOT.page_views) : 0
    ascii.begin(product_id.bytes, at * product_id.width)
    ascii.text('PRD')
    ascii.digits(10_000 + draws.below(89_999, SLOT.product), 5)
    columns.product_id[at] = shops ? product_id.views[at]! : null
    columns.product_category[at] = shops
      ? pick(words.PRODUCT_CATEGORIES, draws, SLOT.category)
      : null
    columns.page_views[at] = views
    columns.time_on_site_seconds[at] = views > 0 ? 30 + draws.below(3600, SLOT.time_on_site) : 0
    columns.bounce_rate[at] = views === 1 ? 1 : 0
    columns.click_count[at] = shops ? 1 + draws.below(100, SLOT.clicks) : null
    columns.cart_value[at] = shops ? Math.round(draws.unit(SLOT.cart) * 999_999) / 100 : Number.NaN
    columns.items_in_cart[at] = shops ? draws.below(21, SLOT.items) : null
  }

  private support({ columns, support_ticket_id }: RowBatch, at: number, concerned: boolean): void {
    const { draws, ascii } = this
    ascii.begin(support_ticket_id.bytes, at * support_ticket_id.width)
    ascii.text('TKT')
    ascii.digits(10_000 + draws.below(90_000, SLOT.ticket), 5)
    columns.support_ticket_id[at] = concerned ? support_ticket_id.views[at]! : null
    columns.issue_category[at] = concerned ? pick(words.ISSUE_CATEGORIES, draws, SLOT.issue) : null
    columns.satisfaction_score[at] = concerned ? 1 + draws.below(5, SLOT.satisfaction) : null
  }

  private campaign({ columns }: RowBatch, at: number): void {
    const { draws } = this
    const none = draws.unit(SLOT.has_campaign) < NO_CAMPAIGN_SHARE
    columns.campaign_id[at] = none ? null : pick(words.CAMPAIGNS, draws, SLOT.campaign)
    columns.utm_source[at] = none ? null : pick(words.UTM_SOURCES, draws, SLOT.utm_source)
    columns.utm_medium[at] = none ? null : pick(words.UTM_MEDIA, draws, SLOT.utm_medium)
  }

  private loyalty({ columns }: RowBatch, at: number, customer: number, amount: number): void {
    const tier = this.customers.tier(customer)
    const redeems = tier !== null && this.draws.unit(SLOT.redeems) < REDEEM_SHARE
    columns.loyalty_member[at] = tier !== null
    columns.loyalty_tier[at] = tier
    columns.points_earned[at] = tier !== null ? Math.floor(amount * 10) : 0
    columns.points_redeemed[at] = redeems ? 100 + this.draws.below(900, SLOT.redeemed) : 0
  }
}

const pick = <T extends Text>(from: readonly T[], draws: Draws, slot: number): T =>
  from[draws.below(from.length, slot)]!

const WORD = 2 ** 32

/** Values that are constant for a customer: a function of the seed and the customer id alone. */
class Customers {
  private readonly keys: readonly number[]

  constructor(seed: number) {
    const key = seedKey(seed, '/customers')
    this.keys = [0, 4, 8, 12].map(at => key.readUInt32LE(at))
  }

  /** The loyalty tier, or `null` for the 40 % who are no members. */
  tier(id: number): string | null {
    if (this.unit(id, 0) >= MEMBER_SHARE) return null
    const u = this.unit(id, 2)
    let index = 0
    while (u >= LOYALTY_TIER_SHARES[index]!) index++
    return LOYALTY_TIERS[index]!
  }

  /** Two keyed rounds of MurmurHash3's finalizer over the id's two halves. */
  private unit(id: number, use: 0 | 2): number {
    const low = mix((id >>> 0) ^ this.keys[use]!)
    return mix((low + Math.floor(id / WORD)) ^ this.keys[use + 1]!) / WORD
  }
}

function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
