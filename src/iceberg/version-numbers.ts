/**
 * Numbers of metadata versions, in a table whose old versions are deleted. A number that was deleted is free again, so a
 * writer who was away meanwhile may link it anew without the table noticing. What prevents harm: at least `VERSIONS_KEPT`
 * numbers below the highest are never deleted, so a number that close to it was never free; and the newest versions' own list
 * of recent commits says whose a number was. Tables without the property never had a version deleted.
 */
type Properties = Readonly<Record<string, string>>

/** As Iceberg's default of `write.metadata.previous-versions-max`. */
export const VERSIONS_KEPT = 100

const KEPT = 'lakebench.versions-kept'
const RECENT = 'lakebench.recent'
/** More than the versions kept: a writer that is late by more than this is told that its commit is unknown. */
const RECENT_LENGTH = 256

/** How many versions below the highest stay. Never less than the constant, which writers rely on without looking. */
export const versionsKept = (properties: Properties): number =>
  Math.max(VERSIONS_KEPT, Number.parseInt(properties[KEPT] ?? '', 10) || 0)

/** Whether old versions may have been deleted. Once they may, that stays so. */
export const deletesVersions = (properties: Properties): boolean => KEPT in properties

export const withDeletion = (properties: Properties): Properties => ({
  ...properties,
  [KEPT]: String(versionsKept(properties)),
})

/** The properties of a version that a commit makes. */
export function withRecent(properties: Properties, version: number, commitId: string): Properties {
  if (!deletesVersions(properties)) return properties
  const entries = [...entriesOf(properties), `${version}:${commitId}`]
  return { ...properties, [RECENT]: entries.slice(-RECENT_LENGTH).join(' ') }
}

/** Whose commit a version is in the history that ends here; `undefined` where that is forgotten, or was never noted. */
export function commitOf(properties: Properties, version: number): string | undefined {
  const prefix = `${version}:`
  return entriesOf(properties)
    .find(entry => entry.startsWith(prefix))
    ?.slice(prefix.length)
}

const entriesOf = (properties: Properties): string[] =>
  (properties[RECENT] ?? '').split(' ').filter(Boolean)
