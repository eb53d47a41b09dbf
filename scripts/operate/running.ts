import { readFileSync } from 'node:fs'
import type { Env } from '../../shared/runtime/env.ts'
import type { NamedPlace } from '../develop/stores/redis-name.ts'
import { findAddresses, type Running } from './addresses.ts'

/** Written by scripts/up. */
const FILE = new URL('../../.data/running.json', import.meta.url)

/**
 * The addresses of the wanted parts: from the environment first, else from the system that scripts/up has started in
 * this checkout. Throws when neither has them.
 */
export function findRunning<K extends keyof Running>(env: Env, wanted: readonly K[]): Pick<Running, K> {
  return findAddresses(wanted, env, readWritten())
}

/** The address at which that system's Redis can fail over. Throws when it is not a pair. */
export function findRedisPair(): NamedPlace {
  const { redisPair } = readWritten()
  if (redisPair !== undefined) return redisPair
  throw new Error('There is no Redis that could fail over: start scripts/up --redis-pair first')
}

function readWritten(): Partial<Running> & { redisPair?: NamedPlace } {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Partial<Running> & { redisPair?: NamedPlace }
  } catch {
    return {}
  }
}
