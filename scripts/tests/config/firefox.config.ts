import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** What `npm run firefox` runs, beside the tests of every run. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    globalSetup: fileURLToPath(new URL('vitest.stores.ts', import.meta.url)),
    include: ['scripts/tests/browser/firefox.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    teardownTimeout: 30_000,
  },
})
