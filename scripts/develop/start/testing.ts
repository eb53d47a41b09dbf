import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    programs: string
  }
}

/** The folder with the services' programs that this test run has built. */
export function testPrograms(): string {
  return inject('programs')
}
