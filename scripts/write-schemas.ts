/** Writes the JSON Schemas (draft 2020-12) that the package ships: `npm run schemas`. Rules across keys are not in them. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { ConfigSchema, ShorthandSchema } from '../src/config/schema'
import { RunMetricsSchema } from '../src/contracts/metrics'
import { JobDocumentSchema } from '../src/engines/spark/job-document'
import { ResultDocumentSchema } from '../src/engines/spark/result-document'
import {
  StreamBatchDocumentSchema,
  StreamControlSchema,
  StreamProgressSchema,
} from '../src/engines/spark/streams/stream-documents'
import { describeKeys, type SchemaNode } from './key-sentences'

const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))

/** File name below `schema/` to content. */
export function renderSchemas(): Readonly<Record<string, string>> {
  const config = jsonSchema('lakebench config', ConfigSchema.extend(ShorthandSchema.shape), 'input')
  // Open to further fields, as a reader of it should be.
  const metrics = jsonSchema('lakebench metrics', RunMetricsSchema, 'input')
  describeKeys([
    { schema: config, file: source('config/schema.ts'), type: 'LakebenchConfigInput' },
    { schema: metrics, file: source('contracts/metrics.ts'), type: 'RunMetrics' },
  ])
  const streams = z.union([StreamProgressSchema, StreamBatchDocumentSchema, StreamControlSchema])
  const render = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`
  return {
    'config.schema.json': render(config),
    'metrics.schema.json': render(metrics),
    'spark-job.schema.json': render(jsonSchema('lakebench Spark job document', JobDocumentSchema)),
    'spark-result.schema.json': render(
      jsonSchema('lakebench Spark result document', ResultDocumentSchema),
    ),
    'spark-stream.schema.json': render(jsonSchema('lakebench Spark stream documents', streams)),
  }
}

function jsonSchema(title: string, shape: z.ZodType, io: 'input' | 'output' = 'output') {
  const { $schema, ...schema } = z.toJSONSchema(shape, { io })
  return { $schema, title, ...schema } as SchemaNode
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(renderSchemas())) {
    await writeFile(new URL(`../schema/${name}`, import.meta.url), text)
    console.log(`schema/${name}`)
  }
}
