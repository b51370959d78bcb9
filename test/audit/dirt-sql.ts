/**
 * The dirt that the generator puts into raw text (workload, 1.4 and 1.5), told from the text alone. Written here once more, with
 * regular expressions, so that the product's predicates have something to be measured by.
 */

const CITIES: Readonly<Record<string, readonly string[]>> = {
  'New York': ['New York', 'NYC', 'New York City'],
  'Los Angeles': ['Los Angeles', 'LA'],
  Chicago: ['Chicago'],
  Houston: ['Houston'],
  Phoenix: ['Phoenix'],
  Philadelphia: ['Philadelphia', 'Philly'],
  'San Antonio': ['San Antonio'],
  'San Diego': ['San Diego'],
  Dallas: ['Dallas'],
  'San Jose': ['San Jose'],
}

const MISSPELLED: Readonly<Record<string, readonly string[]>> = {
  'New York': ['Newyork', 'Newyork City', 'Nyc'],
  'Los Angeles': ['Los Angelas', 'La'],
  Chicago: ['Chicgao'],
  Houston: ['Huston'],
  Phoenix: ['Pheonix'],
  Philadelphia: ['Philidelphia', 'Phily'],
}

/** Code → clean spellings, then the further variants of 1.4. */
const STATES: Readonly<
  Record<string, { readonly clean: readonly string[]; readonly dirty: readonly string[] }>
> = {
  NY: { clean: ['NY', 'New York'], dirty: ['new york', 'NEW YORK', 'N.Y.', 'Ny', 'ny'] },
  CA: { clean: ['CA', 'California'], dirty: ['california', 'CALIFORNIA', 'Calif.', 'Ca', 'ca'] },
  IL: { clean: ['IL', 'Illinois'], dirty: ['illinois', 'ILLINOIS', 'Ill.', 'Il', 'il'] },
  TX: { clean: ['TX', 'Texas'], dirty: ['texas', 'TEXAS', 'Tex.', 'Tx', 'tx'] },
  AZ: { clean: ['AZ', 'Arizona'], dirty: ['arizona', 'ARIZONA', 'Ariz.', 'Az', 'az'] },
  PA: {
    clean: ['PA', 'Pennsylvania'],
    dirty: ['pennsylvania', 'PENNSYLVANIA', 'Penn.', 'Pa', 'pa'],
  },
}

/** Where the cities lie: state, region of the Census Bureau, degrees of the city hall. */
const PLACES: Readonly<Record<string, readonly [string, string, number, number]>> = {
  'New York': ['NY', 'Northeast', 40.7128, -74.006],
  'Los Angeles': ['CA', 'West', 34.0522, -118.2437],
  Chicago: ['IL', 'Midwest', 41.8781, -87.6298],
  Houston: ['TX', 'South', 29.7604, -95.3698],
  Phoenix: ['AZ', 'West', 33.4484, -112.074],
  Philadelphia: ['PA', 'Northeast', 39.9526, -75.1652],
  'San Antonio': ['TX', 'South', 29.4241, -98.4936],
  'San Diego': ['CA', 'West', 32.7157, -117.1611],
  Dallas: ['TX', 'South', 32.7767, -96.797],
  'San Jose': ['CA', 'West', 37.3382, -121.8863],
}

const quoted = (value: string) => `'${value}'`
const cityRows = (ways: Readonly<Record<string, readonly string[]>>, clean: boolean) =>
  Object.entries(ways).flatMap(([city, texts]) =>
    texts.map(text => {
      const [state, region, latitude, longitude] = PLACES[city]!
      return `(${quoted(text)}, ${clean}, ${quoted(city)}, '${state}', '${region}', ${latitude}, ${longitude})`
    }),
  )
const stateRows = Object.entries(STATES).flatMap(([code, { clean, dirty }]) =>
  [...clean.map(text => [text, true] as const), ...dirty.map(text => [text, false] as const)].map(
    ([text, isClean]) => `(${quoted(text)}, ${isClean}, '${code}')`,
  ),
)

/** Tables of every way in which the corpus writes a city and a state. */
export const SPELLINGS = `CREATE OR REPLACE TABLE city_spellings AS SELECT * FROM (VALUES ${[
  ...cityRows(CITIES, true),
  ...cityRows(MISSPELLED, false),
].join(', ')}) AS t(spelling, clean, city, state, region, latitude, longitude);
CREATE OR REPLACE TABLE state_spellings AS SELECT * FROM (VALUES ${stateRows.join(', ')}) AS t(spelling, clean, code)`

/** The rows with what their city and state texts mean. */
export const spelled = (from: string): string => `SELECT r.*,
  c.city AS known_city, c.clean AS city_clean, c.state AS city_state, c.region AS city_region, c.latitude, c.longitude,
  s.code AS known_state, s.clean AS state_clean
FROM ${from} AS r
LEFT JOIN city_spellings AS c ON c.spelling = r.city_raw
LEFT JOIN state_spellings AS s ON s.spelling = r.state_raw`

/** What is wrong with a row, by name, over `spelled`. */
export const FINDINGS: Readonly<Record<string, string>> = {
  email_missing_at:
    "regexp_matches(trim(email_raw, ' '), '^[^@]+$') AND NOT regexp_matches(email_raw, '(?i)\\.at\\.')",
  email_uppercase: "regexp_matches(email_raw, '[A-Z]') AND NOT regexp_matches(email_raw, '[a-z]')",
  email_whitespace: "regexp_matches(email_raw, '^ | $')",
  email_double_at: "regexp_matches(email_raw, '@@')",
  email_missing_tld: "regexp_matches(trim(email_raw, ' '), '@[^.@]*$')",
  email_spelled_at:
    "regexp_matches(email_raw, '(?i)\\.at\\.') AND NOT regexp_matches(email_raw, '@')",
  email_duplicate_marker: "regexp_matches(email_raw, '(?i)\\.duplicate')",
  phone_plain_digits: "regexp_matches(phone_raw, '^[0-9]{10}$')",
  phone_dashed: "regexp_matches(phone_raw, '^\\+1-[0-9]{3}-[0-9]{3}-[0-9]{4}$')",
  phone_truncated: "regexp_matches(phone_raw, '^[0-9]{6}$')",
  phone_letter_o: "regexp_matches(phone_raw, 'O')",
  city_misspelled: 'NOT city_clean',
  city_unknown: 'known_city IS NULL',
  state_variant: 'NOT state_clean',
  state_unknown: 'known_state IS NULL',
  timestamp_missing: 'event_timestamp IS NULL',
}
