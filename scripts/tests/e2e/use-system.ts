import { afterAll, beforeAll } from 'vitest'
import { databaseUrl, redisUrl } from '../../../shared/testing/stores.ts'
import { testPrograms } from '../../develop/start/testing.ts'
import { startTestSystem, type TestSystem } from './system.ts'

/** A complete Naru for the tests of one file. */
export function useSystem(): () => TestSystem {
  let system: TestSystem | undefined
  beforeAll(async () => {
    system = await startTestSystem({
      redisUrl: redisUrl(),
      databaseUrl: databaseUrl(),
      programs: testPrograms(),
    })
  })
  afterAll(async () => {
    await system?.stop()
  })
  return () => {
    if (system === undefined) throw new Error('the system has not started')
    return system
  }
}
