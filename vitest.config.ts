import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests that change their process for those after them, e.g. by a module put in the place of Node's. */
const ALONE = ['storage/lease-revived-number'].map(name => `test/${name}.test.ts`)

/** Areas that need what `scripts/test-<area>.sh` installs and starts; a project each, run one file after the other. */
const APART = ['browser', 'foreign', 'k8s', 'kill', 'stack']
const outside = (area: string) => `test/${area}/**/*.test.ts`
/** Where real servers answer. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 300_000 }

/** What takes half a minute, windows and sessions, comes first: no worker is left alone with one of them at the end. */
const LONG =
  /(readme-lines|compare\.process|records-read-back|interrupted-run|strategies-agree)\.|e2e\/continuous\//

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const long = sorted.filter(file => LONG.test(file.moduleId))
    return [...long, ...sorted.filter(file => !long.includes(file))]
  }
}

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-seed.ts'],
    globalSetup: ['test/support/fixtures-folder.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    restoreMocks: true,
    unstubEnvs: true,
    // Two cores are what the project promises to be tested on; a third has work where tests wait for windows, graces and disks.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...APART.map(outside)],
          // Files share their worker's modules, which saves loading them for each.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
      ...APART.map(area => ({
        extends: true as const,
        test: { name: area, include: [outside(area)], ...PATIENCE },
      })),
    ],
  },
})
