import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/foreign/**', 'test/stack/**', 'test/k8s/**'],
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // vitest's own second is over at once on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Two cores are what the project promises to be tested on.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
