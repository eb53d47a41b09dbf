import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The tests of `npm run firefox`, in addition to those of every run. */
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
