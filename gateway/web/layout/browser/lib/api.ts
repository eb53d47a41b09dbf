import type { RouteConfig } from '@hono/zod-openapi'
import type { ProblemDocument } from '../../../../../shared/api/problem.ts'
import {
  addressOf,
  type BodyOf,
  type ParamsOf,
  type Query,
  type SentBodyOf,
} from '../../../../../shared/api/route-path.ts'

export type Answer<T> =
  | { status: 'done'; body: T }
  | { status: 'refused'; problem: ProblemDocument }
  /** No response: the network or the server is unavailable. */
  | { status: 'unavailable' }

const TIMEOUT_MS = 15_000

type Input<R extends RouteConfig> = { query?: Query | undefined } & (unknown extends ParamsOf<R['path']>
  ? unknown
  : { params: ParamsOf<R['path']> }) &
  ([SentBodyOf<R>] extends [never] ? unknown : { body: SentBodyOf<R> })

/**
 * Calls a route of our own API, which the type argument names: scripts of pages load no schemas, so the compiler checks
 * method, path and body against it. The browser adds cookies and handles conditional requests.
 */
export function ask<R extends RouteConfig>(
  method: R['method'],
  path: R['path'],
  ...input: object extends Input<R> ? [input?: Input<R>] : [input: Input<R>]
): Promise<Answer<BodyOf<R>>>
export async function ask(
  method: RouteConfig['method'],
  path: string,
  { params = {}, query, body }: { params?: ParamsOf<string>; query?: Query | undefined; body?: unknown } = {},
): Promise<Answer<unknown>> {
  try {
    const response = await fetch(addressOf(path, params, query), {
      method: method.toUpperCase(),
      cache: 'no-cache',
      signal: timeoutSignal(),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    const read: unknown = text === '' ? undefined : JSON.parse(text)
    if (response.ok) return { status: 'done', body: read }
    return { status: 'refused', problem: read as ProblemDocument }
  } catch {
    return { status: 'unavailable' }
  }
}

function timeoutSignal(): AbortSignal {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), TIMEOUT_MS)
  return stop.signal
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
