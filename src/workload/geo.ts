/** A state of the corpus. Region: US Census Bureau. */
export interface GeoState {
  readonly code: string
  readonly region: 'Northeast' | 'Midwest' | 'South' | 'West'
  /** As clean data writes it. */
  readonly spellings: readonly string[]
  /** Other ways to write it that still mean it; letter case is ignored. */
  readonly variants: readonly string[]
}

/** A city of the corpus. Degrees, WGS 84, city hall. */
export interface GeoCity {
  readonly name: string
  readonly state: string
  readonly latitude: number
  readonly longitude: number
  /** As clean data writes it. */
  readonly spellings: readonly string[]
  /** Known misspellings; letter case is ignored. */
  readonly misspellings: readonly string[]
}

export const GEO_STATES: readonly GeoState[] = [
  { code: 'NY', region: 'Northeast', spellings: ['NY', 'New York'], variants: ['N.Y.'] },
  { code: 'CA', region: 'West', spellings: ['CA', 'California'], variants: ['Calif.'] },
  { code: 'IL', region: 'Midwest', spellings: ['IL', 'Illinois'], variants: ['Ill.'] },
  { code: 'TX', region: 'South', spellings: ['TX', 'Texas'], variants: ['Tex.'] },
  { code: 'AZ', region: 'West', spellings: ['AZ', 'Arizona'], variants: ['Ariz.'] },
  { code: 'PA', region: 'Northeast', spellings: ['PA', 'Pennsylvania'], variants: ['Penn.'] },
]

const city = (
  name: string,
  state: string,
  latitude: number,
  longitude: number,
  aliases: readonly string[] = [],
  misspellings: readonly string[] = [],
): GeoCity => ({ name, state, latitude, longitude, spellings: [name, ...aliases], misspellings })

export const GEO_CITIES: readonly GeoCity[] = [
  city(
    'New York',
    'NY',
    40.7128,
    -74.006,
    ['NYC', 'New York City'],
    ['Newyork', 'Nyc', 'Newyork City'],
  ),
  city('Los Angeles', 'CA', 34.0522, -118.2437, ['LA'], ['Los Angelas', 'La']),
  city('Chicago', 'IL', 41.8781, -87.6298, [], ['Chicgao']),
  city('Houston', 'TX', 29.7604, -95.3698, [], ['Huston']),
  city('Phoenix', 'AZ', 33.4484, -112.074, [], ['Pheonix']),
  city('Philadelphia', 'PA', 39.9526, -75.1652, ['Philly'], ['Philidelphia', 'Phily']),
  city('San Antonio', 'TX', 29.4241, -98.4936),
  city('San Diego', 'CA', 32.7157, -117.1611),
  city('Dallas', 'TX', 32.7767, -96.797),
  city('San Jose', 'CA', 37.3382, -121.8863),
]

/** Every way in which clean data writes a city, and a state. */
export const CITY_SPELLINGS: readonly string[] = GEO_CITIES.flatMap(c => c.spellings)
export const STATE_SPELLINGS: readonly string[] = GEO_STATES.flatMap(s => s.spellings)

/** Each folded (trimmed, lower-case) way to write a value, once, with that value. */
function foldedKeys<T>(
  entries: readonly T[],
  ways: (entry: T) => readonly string[],
  value: (entry: T) => string,
) {
  const keys = new Map<string, string>()
  for (const entry of entries)
    for (const way of ways(entry)) keys.set(way.toLowerCase(), value(entry))
  return keys
}

/** Folded text → canonical city. */
export const CITY_BY_TEXT: ReadonlyMap<string, string> = foldedKeys(
  GEO_CITIES,
  c => [...c.spellings, ...c.misspellings],
  c => c.name,
)

/** Folded text → state code. */
export const STATE_BY_TEXT: ReadonlyMap<string, string> = foldedKeys(
  GEO_STATES,
  s => [...s.spellings, ...s.variants],
  s => s.code,
)
