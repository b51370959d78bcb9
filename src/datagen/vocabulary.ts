/** The words of the raw data, and how clean values turn dirty. Any change here is a new GENERATOR_VERSION. */
import { cumulative } from './draws'

export const INTERACTION_TYPES = [
  'purchase',
  'browse',
  'support',
  'login',
  'abandoned_cart',
] as const
export const INTERACTION_SHARES = cumulative([0.18, 0.35, 0.12, 0.2, 0.15])
export const PRODUCT_CATEGORIES = ['electronics', 'clothing', 'home_garden', 'books', 'sports']
export const CURRENCIES = ['USD', 'EUR', 'GBP', 'CAD']
export const CHANNELS = ['web', 'mobile_app', 'store', 'call_center', 'social_media'] as const
export const DEVICES = ['desktop', 'mobile', 'tablet']
export const BROWSERS = ['chrome', 'safari', 'firefox', 'edge']
export const ISSUE_CATEGORIES = ['billing', 'technical', 'general_inquiry']
export const UTM_SOURCES = ['google', 'facebook', 'email', 'direct']
export const UTM_MEDIA = ['cpc', 'organic', 'referral']
export const LOYALTY_TIERS = ['bronze', 'silver', 'gold']
export const LOYALTY_TIER_SHARES = cumulative([0.7, 0.2, 0.1])
export const MEMBER_SHARE = 0.6
export const DATA_SOURCES = ['primary_system', 'legacy_import', 'manual_entry', 'third_party_api']
export const DATA_SOURCE_SHARES = cumulative([0.7, 0.15, 0.1, 0.05])
export const QUALITY_FLAGS = [
  'clean',
  'duplicate_suspected',
  'incomplete_data',
  'format_inconsistent',
] as const
export const QUALITY_FLAG_SHARES = cumulative([0.92, 0.02, 0.03, 0.03])
export const EMAIL_DOMAINS = ['gmail.com', 'yahoo.com', 'outlook.com', 'icloud.com', 'hotmail.com']
export const CAMPAIGNS = Array.from({ length: 900 }, (_, i) => `CMP${100 + i}`)

const AGENT_SYSTEMS = ['Windows NT 10.0', 'macOS 14.0', 'Linux', 'iOS 17', 'Android 14']
const AGENT_VERSIONS = Array.from({ length: 40 }, (_, i) => 90 + i)
export const AGENT_RADIX = [
  BROWSERS.length,
  AGENT_VERSIONS.length,
  DEVICES.length,
  AGENT_SYSTEMS.length,
] as const
/** `{browser}/{version}.0 ({device}; {os})`, mixed radix in that order. */
export const USER_AGENTS = BROWSERS.flatMap(browser =>
  AGENT_VERSIONS.flatMap(version =>
    DEVICES.flatMap(device =>
      AGENT_SYSTEMS.map(system => `${browser}/${version}.0 (${device}; ${system})`),
    ),
  ),
)

/** City and state as clean data writes them, uniform over the 22. */
export const PLACES: readonly (readonly [city: string, state: string])[] = [
  ['New York', 'NY'],
  ['NYC', 'New York'],
  ['New York City', 'NY'],
  ['Los Angeles', 'CA'],
  ['LA', 'California'],
  ['Los Angeles', 'California'],
  ['Chicago', 'IL'],
  ['Chicago', 'Illinois'],
  ['Houston', 'TX'],
  ['Houston', 'Texas'],
  ['Phoenix', 'AZ'],
  ['Phoenix', 'Arizona'],
  ['Philadelphia', 'PA'],
  ['Philly', 'Pennsylvania'],
  ['San Antonio', 'TX'],
  ['San Antonio', 'Texas'],
  ['San Diego', 'CA'],
  ['San Diego', 'California'],
  ['Dallas', 'TX'],
  ['Dallas', 'Texas'],
  ['San Jose', 'CA'],
  ['San Jose', 'California'],
]

const MISSPELLINGS: Readonly<Record<string, string>> = {
  Chicago: 'Chicgao',
  'New York': 'Newyork',
  'New York City': 'Newyork City',
  NYC: 'Nyc',
  Phoenix: 'Pheonix',
  'Los Angeles': 'Los Angelas',
  LA: 'La',
  Houston: 'Huston',
  Philadelphia: 'Philidelphia',
  Philly: 'Phily',
}

const STATE_VARIANTS: Readonly<Record<string, readonly string[]>> = {
  CA: ['california', 'CALIFORNIA', 'Calif.', 'Ca'],
  California: ['CA', 'ca', 'Calif.', 'CALIFORNIA'],
  NY: ['new york', 'NEW YORK', 'N.Y.', 'Ny'],
  'New York': ['new york', 'NEW YORK', 'ny', 'N.Y.'],
  IL: ['illinois', 'ILLINOIS', 'Ill.', 'Il'],
  Illinois: ['IL', 'il', 'Ill.', 'ILLINOIS'],
  TX: ['texas', 'TEXAS', 'Tex.', 'Tx'],
  Texas: ['TX', 'tx', 'Tex.', 'TEXAS'],
  AZ: ['arizona', 'ARIZONA', 'Ariz.', 'Az'],
  Arizona: ['AZ', 'az', 'Ariz.', 'ARIZONA'],
  PA: ['pennsylvania', 'PENNSYLVANIA', 'Penn.', 'Pa'],
  Pennsylvania: ['PA', 'pa', 'Penn.', 'PENNSYLVANIA'],
}

/** By index into PLACES; `null` where no misspelling is known. */
export const CITY_MISSPELLINGS: readonly (string | null)[] = PLACES.map(
  ([city]) => MISSPELLINGS[city] ?? null,
)
/**
 * By index into PLACES: what a dirty state reads, and whether that can be told from clean data (California written CA
 * cannot, since clean data writes CA as well).
 */
export const STATE_DIRT: readonly (readonly { text: string; visible: boolean }[])[] = PLACES.map(
  ([, state]) =>
    STATE_VARIANTS[state]!.map(text => ({ text, visible: STATE_VARIANTS[text] === undefined })),
)

/** The ways in which an e-mail address is dirtied, in the order in which they are drawn. */
export const EMAIL_DIRT = [
  'email_missing_at',
  'email_uppercase',
  'email_whitespace',
  'email_double_at',
  'email_missing_tld',
  'email_spelled_at',
] as const

/** Kinds of injected dirt, named as the findings that should see them; `quality_flag_<value>` counts the flag's values. */
export const DIRT_KINDS = [
  ...EMAIL_DIRT,
  'email_duplicate_marker',
  'phone_plain_digits',
  'phone_dashed',
  'phone_truncated',
  'phone_letter_o',
  'city_misspelled',
  'state_variant',
  ...QUALITY_FLAGS.map(flag => `quality_flag_${flag}` as const),
] as const
export type DirtKind = (typeof DIRT_KINDS)[number]
/** Rows per kind. */
export type DirtCounts = Record<DirtKind, number>

export function noDirt(): DirtCounts {
  return Object.fromEntries(DIRT_KINDS.map(kind => [kind, 0])) as DirtCounts
}

export function addDirt(into: DirtCounts, more: Readonly<DirtCounts>): void {
  for (const kind of DIRT_KINDS) into[kind] += more[kind]
}
