import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests that need other people's readers; `scripts/test-foreign.sh` installs them and says where they are. */
export default defineConfig({
  test: {
    include: ['test/foreign/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 1,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
