import { PrerequisiteError } from '../../../contracts/errors'

/** A jar in a Maven repository. */
export interface Coordinates {
  readonly group: string
  readonly artifact: string
  readonly version: string
}

export const jarName = ({ artifact, version }: Coordinates): string => `${artifact}-${version}.jar`

/** `group:artifact:version`. @throws PrerequisiteError for anything else. */
export function parseCoordinates(text: string): Coordinates {
  const parts = text.trim().split(':')
  if (parts.length === 3 && parts.every(part => /^\w[\w.-]*$/.test(part))) {
    const [group, artifact, version] = parts as [string, string, string]
    return { group, artifact, version }
  }
  throw new PrerequisiteError(
    `\`${text}\` is no Maven package. Correct platform.compute.spark.packages: group:artifact:version, e.g. org.apache.hadoop:hadoop-aws:3.4.2.`,
  )
}
