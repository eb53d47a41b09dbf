import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './longest-first.ts'

const HEAVY = [
  'scripts/tests/e2e/**/*.test.ts',
  'scripts/tests/release/**/*.test.ts',
  'scripts/load/chaos/chaos.test.ts',
]
const CLUSTER = 'shared/redis/cluster.test.ts'
const BROWSER = 'scripts/tests/browser/**/*.test.ts'
/** Each file starts a separate system of at least three processes and mostly waits: three files keep two cores busy. */
const WITH_SYSTEMS = {
  globalSetup: fileURLToPath(new URL('vitest.programs.ts', import.meta.url)),
  maxWorkers: 3,
  sequence: { groupOrder: 3 },
  testTimeout: 120_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 60_000 } },
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export default defineConfig({
  root: ROOT,
  test: {
    sequence: { sequencer: LongestFirst },
    // Programs that tests start are compiled once, instead of by each of some two hundred processes.
    env: { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') },
    globalSetup: fileURLToPath(new URL('vitest.stores.ts', import.meta.url)),
    isolate: false, // importing a module does nothing, so that files may share a process
    testTimeout: 60_000,
    hookTimeout: 120_000,
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
          // Simulated hours, in which each decision is like the others.
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
          ...WITH_SYSTEMS,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser', // the pages, in Chromium and in WebKit
          include: [BROWSER],
          ...WITH_SYSTEMS,
        },
      },
    ],
  },
})
