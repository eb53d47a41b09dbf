import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
    databaseUrl: string
  }
}

/** The Redis of this test run. Tests share it: each uses names of its own and flushes nothing. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** The MariaDB of this test run, as root. Tests share it: each makes a database of its own. */
export function databaseUrl(): string {
  return inject('databaseUrl')
}
