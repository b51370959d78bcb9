import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { fetchJar, type JarSource } from './fetch-jar'
import { type FoundSpark, jarNames } from './find-spark'

export interface SparkJarsOptions extends JarSource {
  /** Configured folder; empty: `packages`. */
  readonly jars: string
  /** Coordinates `group:artifact:version`; `null`: what fits this Spark. */
  readonly packages: readonly string[] | null
  readonly spark: FoundSpark
  /** Whether data lies in an S3 store. */
  readonly s3: boolean
}

/** Iceberg's runtime by Spark and Scala version: the newest release that there is for each. */
const ICEBERG: Readonly<Record<string, string>> = {
  '3.5_2.12': '1.12.0',
  '3.5_2.13': '1.11.0',
  '4.0_2.13': '1.11.0',
  '4.1_2.13': '1.12.0',
}

/** The AWS SDK that hadoop-aws of a Hadoop was built with. */
const AWS_SDK: readonly (readonly [RegExp, string])[] = [
  [/^3\.4\./, 'software.amazon.awssdk:bundle:2.29.52'],
  [/^3\.3\.4$/, 'com.amazonaws:aws-java-sdk-bundle:1.12.262'],
]

/**
 * Absolute paths of the jars that Spark needs for Iceberg and, with `s3`, for S3: those of the folder, else the packages,
 * fetched once. Iceberg comes first, since it must not find the other jars' versions of what it brings.
 *
 * @throws PrerequisiteError naming the folder, jar or package that is missing or wrong, and what to do.
 */
export async function sparkJars(options: SparkJarsOptions): Promise<string[]> {
  const paths = options.jars ? jarsOfFolder(options) : await jarsOfPackages(options)
  return paths.sort((a, b) => Number(ICEBERG_JAR.test(b)) - Number(ICEBERG_JAR.test(a)))
}

const ICEBERG_JAR = /(?:^|\/)iceberg-spark-runtime-(\d+\.\d+)_(\d+\.\d+)-([^/]+)\.jar$/

function jarsOfFolder({ jars, spark, s3 }: SparkJarsOptions): string[] {
  const folder = resolve(jars)
  const names = listJars(folder)
  const iceberg = names.filter(name => ICEBERG_JAR.test(name))
  for (const name of iceberg) checkIceberg(name, folder, spark)
  if (iceberg.length > 1) {
    throw new PrerequisiteError(
      `${folder} has Iceberg twice: ${iceberg.join(', ')}. Keep one of them.`,
    )
  }
  const present = [...names, ...jarNames(spark.home)]
  const needed = [icebergName(spark), ...(s3 ? [`hadoop-aws-${spark.hadoop}`] : [])]
  const missing = needed.filter(start => !present.some(name => name.startsWith(start)))
  if (missing.length > 0) {
    throw new PrerequisiteError(
      `platform.compute.spark.jars (${folder}) lacks ${missing.map(start => `${start}*.jar`).join(' and ')}, which Spark ${spark.version} needs. Put it there, or leave platform.compute.spark.jars empty to have the jars fetched.`,
    )
  }
  return names.map(name => join(folder, name))
}

function listJars(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    throw new PrerequisiteError(
      `platform.compute.spark.jars is ${folder}, which is no folder that can be read. Correct it, or leave it empty to have the jars fetched.`,
      { cause },
    )
  }
  return names.filter(name => name.endsWith('.jar')).sort()
}

function checkIceberg(name: string, folder: string, spark: FoundSpark): void {
  const [, version, scala] = ICEBERG_JAR.exec(name)!
  if (version === minor(spark) && scala === spark.scala) return
  throw new PrerequisiteError(
    `${join(folder, name)} is for Spark ${version} with Scala ${scala}, but ${spark.home} is Spark ${spark.version} with Scala ${spark.scala}. Put ${icebergName(spark)}*.jar there instead, or leave platform.compute.spark.jars empty to have it fetched.`,
  )
}

async function jarsOfPackages(options: SparkJarsOptions): Promise<string[]> {
  const paths: string[] = []
  for (const coordinates of options.packages ?? defaultPackages(options.spark, options.s3)) {
    paths.push(await fetchJar(coordinates, options))
  }
  for (const path of paths) {
    if (ICEBERG_JAR.test(path))
      checkIceberg(path.split('/').at(-1)!, 'platform.compute.spark.packages', options.spark)
  }
  return paths
}

/** What fits this Spark, without what it brings itself. */
export function defaultPackages(spark: FoundSpark, s3: boolean): string[] {
  const own = jarNames(spark.home)
  const has = (start: string) => own.some(name => name.startsWith(start))
  const iceberg = has(icebergName(spark)) ? [] : [icebergPackage(spark)]
  return s3 && !has('hadoop-aws-') ? [...iceberg, ...s3Packages(spark)] : iceberg
}

function icebergPackage(spark: FoundSpark): string {
  const key = `${minor(spark)}_${spark.scala}`
  const version = ICEBERG[key]
  if (version !== undefined) return `org.apache.iceberg:iceberg-spark-runtime-${key}:${version}`
  const known = Object.keys(ICEBERG).map(name => name.replace('_', ' (Scala ') + ')')
  throw new PrerequisiteError(
    `There is no Iceberg jar for Spark ${spark.version} with Scala ${spark.scala} (${spark.home}); there is one for Spark ${known.join(', ')}. Use one of these (e.g. \`pip install pyspark==4.1.4\`), or name a jar in platform.compute.spark.packages.`,
  )
}

function s3Packages(spark: FoundSpark): string[] {
  const sdk = AWS_SDK.find(([hadoop]) => hadoop.test(spark.hadoop))?.[1]
  if (sdk !== undefined) return [`org.apache.hadoop:hadoop-aws:${spark.hadoop}`, sdk]
  throw new PrerequisiteError(
    `Which AWS SDK belongs to Hadoop ${spark.hadoop} (${spark.home}) is not known here. Name org.apache.hadoop:hadoop-aws:${spark.hadoop} and its SDK bundle in platform.compute.spark.packages, together with the Iceberg runtime.`,
  )
}

const minor = ({ version }: FoundSpark): string => version.split('.').slice(0, 2).join('.')
const icebergName = (spark: FoundSpark): string =>
  `iceberg-spark-runtime-${minor(spark)}_${spark.scala}-`
