import { z } from 'zod'
import type { ObjectStore } from '../../../contracts/ports'

const BatchPlanSchema = z.object({
  batch: z.number(),
  files: z.array(z.object({ key: z.string(), size: z.number(), modified: z.number() })),
})
/** Files of a batch, saved before it is taken, so that a restarted stream makes the same batch again. */
export type BatchPlan = z.infer<typeof BatchPlanSchema>

/** Plans below `checkpoint_base`, a folder a run. Losing one costs the same cut into batches, never a row. */
export class PlanStore {
  constructor(
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {}

  async read(batch: number): Promise<BatchPlan | null> {
    const bytes = await this.store.get(this.key(batch))
    if (bytes === null) return null
    try {
      return BatchPlanSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    } catch {
      return null
    }
  }

  async write(plan: BatchPlan): Promise<void> {
    await this.store.put(this.key(plan.batch), `${JSON.stringify(plan)}\n`)
  }

  private readonly key = (batch: number) =>
    `${this.folder}/plans/${String(batch).padStart(6, '0')}.json`
}
