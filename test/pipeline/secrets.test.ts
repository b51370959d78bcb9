import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { Stage } from '../../src/pipeline/stage'
import { presets } from '../../src/run'
import { tempDir } from '../support/fake-parts'
import { smallConfig } from '../support/small-run'

const root = tempDir()
const TOKEN = 'tok-canary-51c3'
const CONF = 'conf-canary-92f7'

test.each(['passes', 'fails'])(
  'what a stage that %s says of secrets stays out of record, events and documents',
  async how => {
    const outputDir = join(root, how)
    const conf = { 'spark.authenticate.secret': CONF, 'spark.my.token': TOKEN }
    const config = await loadConfig(
      smallConfig(root, { platform: { compute: { spark: { conf } } } }),
    )
    const talkative = new Stage('talkative', async ctx => {
      ctx.warn(`the token is ${TOKEN}`)
      await ctx.saveDocument('notes.json', { text: `by ${CONF}`, password: 'pw', list: [TOKEN] })
      if (how === 'fails') throw new Error(`refused ${TOKEN} at http://ann:${CONF}@host/`)
      return { said: TOKEN, by: `http://u:p@host/?token=${CONF}` }
    })
    const events: unknown[] = []
    const pipeline = presets
      .batch(config, { generate: true })
      .insertBefore('bronze-verify', talkative)
      .only('talkative')
    pipeline.on('warning', event => events.push(event)).on('stage:end', event => events.push(event))
    const { metrics, paths } = await pipeline.run({ outputDir, reject: false })

    const texts = readdirSync(paths.run_dir).map(name =>
      readFileSync(join(paths.run_dir, name), 'utf8'),
    )
    expect(texts.length).toBeGreaterThanOrEqual(5)
    for (const text of [...texts, JSON.stringify(metrics), JSON.stringify(events)]) {
      expect(text).not.toContain(TOKEN)
      expect(text).not.toContain(CONF)
    }
    expect(metrics.warnings.join()).toContain('the token is ***')
    if (how === 'fails')
      expect(metrics.error_message).toBe('talkative: refused *** at http://***@host/')
    else
      expect(metrics.jobs[0]!.measurements).toMatchObject({
        said: '***',
        by: 'http://***@host/?token=***',
      })
    expect(JSON.parse(readFileSync(join(paths.run_dir, 'notes.json'), 'utf8'))).toEqual({
      text: 'by ***',
      password: '***',
      list: ['***'],
    })
  },
)
