import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

/** Kills at seeded moments; `LAKEBENCH_KILLS` says how many. */
export default defineConfig({
  test: {
    include: ['test/kill/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
