/** Writes the JSON Schemas that the package ships: `npm run schemas`. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { configJsonSchema } from '../src/config/json-schema'
import {
  jobDocumentJsonSchema,
  resultDocumentJsonSchema,
  streamDocumentsJsonSchema,
} from '../src/engines/spark/json-schema'
import { metricsJsonSchema } from '../src/results/scorecard/json-schema'

/** File name below `schema/` to content. */
export function renderSchemas(): Readonly<Record<string, string>> {
  const render = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`
  return {
    'config.schema.json': render(configJsonSchema()),
    'metrics.schema.json': render(metricsJsonSchema()),
    'spark-job.schema.json': render(jobDocumentJsonSchema()),
    'spark-result.schema.json': render(resultDocumentJsonSchema()),
    'spark-stream.schema.json': render(streamDocumentsJsonSchema()),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(renderSchemas())) {
    await writeFile(new URL(`../schema/${name}`, import.meta.url), text)
    console.log(`schema/${name}`)
  }
}
