/** Where the servers of the stack tests are; `scripts/test-stack.sh` starts them and says so. */
function given(name: string): string {
  const value = process.env[`LAKEBENCH_STACK${name}`]
  if (!value)
    throw new Error('Run these tests with `npm run test:stack`, which starts the servers.')
  return value
}

export const servers = {
  s3: () => ({
    endpoint: given('_S3'),
    access_key: given('_S3_ACCESS_KEY'),
    secret_key: given('_S3_SECRET_KEY'),
    region: 'us-east-1',
    path_style: true,
  }),
  catalog: () => given('_CATALOG'),
  trino: () => given('_TRINO'),
  /** Python with pyspark, and the jars that Spark needs for Iceberg and S3. */
  spark: () => ({ python: given('_PYTHON'), jars: given('_JARS'), java: given('_JAVA') }),
  oldSpark: () => ({
    python: given('_PYTHON_OLD'),
    jars: given('_JARS_OLD'),
    java: given('_JAVA'),
  }),
}
