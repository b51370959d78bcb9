import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests of functions without state: they share their worker's modules, which saves importing them a file. */
const PURE = [
  'config',
  'pipeline/benchmark',
  'report',
  'results/compare',
  'results/scorecard',
  'sizing',
  'workload',
].map(area => `test/${area}/**/*.test.ts`)

/** Areas that need what `scripts/test-<area>.sh` installs and starts; a project each, run one file after the other. */
const APART = ['browser', 'foreign', 'k8s', 'kill', 'stack']
const outside = (area: string) => `test/${area}/**/*.test.ts`
/** Where real servers answer. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 300_000 }

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Two cores are what the project promises to be tested on.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...PURE, ...APART.map(outside)],
        },
      },
      ...APART.map(area => ({
        extends: true as const,
        test: { name: area, include: [outside(area)], ...PATIENCE },
      })),
    ],
  },
})
