import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      // Commands run as child processes in test/e2e, where this does not look.
      include: ['src/{protocol,wire,conformance,report,net,recording,tui}/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        'src/protocol/**': { branches: 95 },
        'src/wire/**': { branches: 95 },
        'src/conformance/**': { branches: 90 },
        // Comparisons and sweeps are printed by commands alone.
        'src/report/**': { branches: 75 },
        'src/{net,recording,tui}/**': { branches: 85 },
      },
    },
  },
})
