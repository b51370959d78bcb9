import { defineConfig } from 'vitest/config'

const report = process.env.LAKEBENCH_TEST_REPORT

export default defineConfig({
  test: {
    include: ['examples/*.test.ts'],
    testTimeout: 120_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
