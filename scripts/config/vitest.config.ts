import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const HEAVY = 'scripts/e2e/**/*.test.ts'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    globalSetup: fileURLToPath(new URL('vitest.stores.ts', import.meta.url)),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{gateway,origin,shared,drizzle,scripts}/**/*.test.ts'],
          exclude: [HEAVY],
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [HEAVY],
          fileParallelism: false, // each starts a system of its own
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
