import { readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { PrerequisiteError } from '../../../contracts/errors'
import { type FoundSpark, jarNames } from './find-spark'
import { type PackageSource, resolvePackages } from './resolve-packages'

export interface SparkJarsOptions extends PackageSource {
  /** Configured folder; empty: `packages`. */
  readonly jars: string
  /** Coordinates `group:artifact:version`, resolved with what they need; `null`: what fits this Spark. */
  readonly packages: readonly string[] | null
  readonly spark: FoundSpark
  /** True where data lies in an S3 store. */
  readonly s3: boolean
}

/** Iceberg's runtime by Spark and Scala version: the newest release that there is for each. */
const ICEBERG: Readonly<Record<string, string>> = {
  '3.5_2.12': '1.12.0',
  '3.5_2.13': '1.11.0',
  '4.0_2.13': '1.11.0',
  '4.1_2.13': '1.12.0',
}

/**
 * Absolute paths of the jars that Spark needs for Iceberg and, with `s3`, for S3: those of the folder, else those
 * that the packages resolve to. Iceberg comes first, since it must not find the other jars' versions of what it brings.
 *
 * @throws PrerequisiteError naming the folder, jar or package that is missing or wrong, and what to do.
 */
export async function sparkJars(options: SparkJarsOptions): Promise<string[]> {
  const paths = options.jars ? jarsOfFolder(options) : await jarsOfPackages(options)
  return paths.sort((a, b) => Number(ICEBERG_JAR.test(b)) - Number(ICEBERG_JAR.test(a)))
}

const ICEBERG_JAR = /(?:^|[/_])iceberg-spark-runtime-(\d+\.\d+)_(\d+\.\d+)-([^/]+)\.jar$/

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
  const { spark, s3 } = options
  const packages = options.packages ?? defaultPackages(spark, s3)
  const paths = packages.length === 0 ? [] : await resolvePackages(packages, spark, options)
  for (const path of paths.filter(path => ICEBERG_JAR.test(path)))
    checkIceberg(basename(path), 'platform.compute.spark.packages', spark)
  return paths
}

/** The packages that fit this Spark, without those that it brings itself. */
export function defaultPackages(spark: FoundSpark, s3: boolean): string[] {
  const own = jarNames(spark.home)
  const has = (start: string) => own.some(name => name.startsWith(start))
  const iceberg = has(icebergName(spark)) ? [] : [icebergPackage(spark)]
  // Of the same version as Spark's hadoop-client; it brings the AWS SDK that it was built with.
  const hadoopAws = `org.apache.hadoop:hadoop-aws:${spark.hadoop}`
  return s3 && !has('hadoop-aws-') ? [...iceberg, hadoopAws] : iceberg
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

const minor = ({ version }: FoundSpark): string => version.split('.').slice(0, 2).join('.')
const icebergName = (spark: FoundSpark): string =>
  `iceberg-spark-runtime-${minor(spark)}_${spark.scala}-`
