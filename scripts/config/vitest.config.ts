import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const HEAVY = ['scripts/e2e/**/*.test.ts', 'scripts/chaos/chaos.test.ts']
const CLUSTER = 'shared/redis/cluster.test.ts'
const BROWSER = 'scripts/browser-tests/**/*.test.ts'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    globalSetup: fileURLToPath(new URL('vitest.stores.ts', import.meta.url)),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } }, // a condition is waited for longer than a busy machine takes
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{gateway,origin,shared,drizzle,scripts}/**/*.test.ts'],
          exclude: [...HEAVY, CLUSTER, BROWSER],
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster', // what decides about rooms, once more, on a Redis Cluster
          globalSetup: fileURLToPath(new URL('vitest.cluster.ts', import.meta.url)),
          include: [CLUSTER, 'gateway/room/*.test.ts', 'origin/{holds,payments}/*.test.ts'],
          // Simulated hours, of which every decision is one that the others make as well.
          exclude: ['**/*.simulation.test.ts'],
          maxWorkers: '100%',
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: HEAVY,
          fileParallelism: false, // each starts a system of its own
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser', // the pages, in Chromium; each file starts a system of its own
          include: [BROWSER],
          testTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
