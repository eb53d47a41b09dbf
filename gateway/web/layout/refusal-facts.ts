import type { RefusalFacts } from './text/flash.ts'

const SECONDS = /^\d{1,11}$/
const LIMIT = /^\d{1,7}$/

/**
 * A refusal as a query, with its numbers. Its end rather than its length is in the address, so that a reload does not
 * restart the wait.
 */
export function flashQuery(
  problem: { code: string; retryAfterSeconds?: unknown; limit?: unknown },
  now: number,
): string {
  const { code, retryAfterSeconds, limit } = problem
  const query = new URLSearchParams({ flash: code })
  if (typeof retryAfterSeconds === 'number')
    query.set('retry', String(Math.ceil(now / 1000 + retryAfterSeconds)))
  if (typeof limit === 'number') query.set('limit', String(limit))
  return query.toString()
}

/** Reads a refusal's numbers from an address, as far as they are valid. */
export function readFacts(query: (name: string) => string | undefined, now: number): RefusalFacts {
  const [retry, limit] = [query('retry') ?? '', query('limit') ?? '']
  return {
    ...(SECONDS.test(retry) ? { waitSeconds: Number(retry) - Math.floor(now / 1000) } : {}),
    ...(LIMIT.test(limit) ? { limit: Number(limit) } : {}),
  }
}
