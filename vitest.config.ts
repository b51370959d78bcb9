import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests that change their process for those after them, e.g. by a module put in the place of Node's. */
const ALONE = ['storage/lease-revived-number'].map(name => `test/${name}.test.ts`)

/** Areas that need what `scripts/test-<area>.sh` installs and starts; a project each, run one file after the other. */
const APART = ['browser', 'foreign', 'k8s', 'kill', 'stack']
const outside = (area: string) => `test/${area}/**/*.test.ts`
/** Where real servers answer. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 300_000 }

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
