import type { Context } from 'hono'

/** Takes cookies out of a request, as if the browser had never kept them. */
export function takeOutCookies(c: Context, isOut: (name: string) => boolean): void {
  const { headers } = c.req.raw
  const pairs = (headers.get('cookie') ?? '').split(';')
  const kept = pairs.filter((pair) => !isOut((pair.split('=')[0] ?? '').trim()))
  headers.set('cookie', kept.join(';').trim())
}
