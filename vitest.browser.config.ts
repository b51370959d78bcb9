import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests of the pages in a real browser; `scripts/test-browser.sh` finds or installs it. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 1,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
