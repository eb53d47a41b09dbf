import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
    databaseUrl: string
  }
}

/** The Redis of this test run. Tests share it: each uses its own names and flushes nothing. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** The database server of this test run, as root. Tests share it: each creates its own database. */
export function databaseUrl(): string {
  return inject('databaseUrl')
}
