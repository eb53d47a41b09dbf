import type { Clock } from '../../shared/runtime/clock.ts'
import { isKeptFromShared } from '../edge/caching.ts'

type Fetch = (request: Request) => Promise<Response>
type Copy = { atMs: number; response: Response; directives: Map<string, number> }

/** What a CDN takes for the lifetime of a response that says nothing. */
const LIFETIME_UNSAID_SECONDS = 86_400

/**
 * A cache that visitors share, as little careful as a CDN may be: it stores each response to GET that RFC 9111 (section
 * 3) lets it store, `Set-Cookie` included, ignores `Vary` except for the encoding, as CloudFront does, joins concurrent
 * requests for one thing, and applies RFC 5861.
 */
export function createSharedCache(forward: Fetch, now: Clock): Fetch {
  const copies = new Map<string, Copy>()
  const underWay = new Map<string, Promise<Response>>()

  async function ask(key: string, request: Request): Promise<Response> {
    const atMs = now()
    const response = await forward(request)
    const copy = copies.get(key)
    if (response.status >= 500 && copy !== undefined && isUsable(copy, 'stale-if-error')) return copy.response
    const directives = directivesOf(response)
    if (response.status === 200 && isReusable(response, directives))
      copies.set(key, { atMs, response, directives })
    return response
  }

  /** One request for all who ask meanwhile; each of them sends it on itself when the response is not for all. */
  async function askOnce(key: string, request: Request): Promise<Response> {
    const joined = underWay.get(key)
    if (joined !== undefined) {
      const response = await joined
      return isReusable(response, directivesOf(response)) ? response : ask(key, request)
    }
    const asking = ask(key, request).finally(() => underWay.delete(key))
    underWay.set(key, asking)
    return asking
  }

  function isUsable({ atMs, directives }: Copy, beyond?: string): boolean {
    const seconds = lifetimeOf(directives) + (beyond === undefined ? 0 : (directives.get(beyond) ?? 0))
    return now() - atMs < seconds * 1000
  }

  return async (request) => {
    if (request.method !== 'GET') return forward(request)
    const key = `${request.url} ${request.headers.get('accept-encoding') ?? ''}`
    const copy = copies.get(key)
    if (copy !== undefined && isUsable(copy)) return copy.response.clone()
    if (copy !== undefined && isUsable(copy, 'stale-while-revalidate')) {
      void askOnce(key, request)
      return copy.response.clone()
    }
    return (await askOnce(key, request)).clone()
  }
}

function directivesOf({ headers }: Response): Map<string, number> {
  const parts = (headers.get('cache-control') ?? '').toLowerCase().split(',')
  return new Map(
    parts.map((part) => {
      const [name = '', value = ''] = part.trim().split('=')
      return [name, Number(value)]
    }),
  )
}

function lifetimeOf(directives: Map<string, number>): number {
  return directives.get('s-maxage') ?? directives.get('max-age') ?? LIFETIME_UNSAID_SECONDS
}

/** Whether it may answer other requests without asking again. */
function isReusable({ headers, status }: Response, directives: Map<string, number>): boolean {
  if (isKeptFromShared(headers.get('cache-control')) || directives.has('no-cache')) return false
  return status < 500 && lifetimeOf(directives) > 0
}
