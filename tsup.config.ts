import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ports: 'src/doors/ports.ts',
    schemas: 'src/doors/schemas.ts',
    testing: 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
    'datagen-worker': 'src/datagen/worker.ts',
  },
  format: ['esm'],
  platform: 'node',
  target: 'node20',
  // Shared chunks keep `import()` lazy: an SDK is read from disk only by the run that uses it.
  splitting: true,
  clean: true,
  dts: {
    entry: {
      index: 'src/index.ts',
      ports: 'src/doors/ports.ts',
      schemas: 'src/doors/schemas.ts',
      testing: 'src/testing/index.ts',
    },
  },
})
