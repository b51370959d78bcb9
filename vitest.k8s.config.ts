import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Tests that need a real cluster; `scripts/test-k8s.sh` brings it up and says where it is. */
export default defineConfig({
  test: {
    include: ['test/k8s/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // One node of two cores holds one driver and one executor.
    maxWorkers: 1,
    fileParallelism: false,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
