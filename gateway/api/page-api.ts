import type { HttpBindings } from '@hono/node-server'
import type { RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Problem, type ProblemDocument } from '../../shared/api/problem.ts'
import { addressOf, type BodyOf, type ParamsOf, type Query } from '../../shared/api/route-path.ts'

/** The response of the public API to a page. */
export type ApiAnswer<T> =
  | { ok: true; status: number; body: T; cookies: string[] }
  | { ok: false; status: number; problem: ProblemDocument }

/**
 * Calls a route of the public API on behalf of a visitor, with the cookies of their request: pages have no more rights
 * than programs.
 */
export type Api = <R extends RouteConfig>(
  c: Context,
  route: R,
  ...input: InputOf<R['path']>
) => Promise<ApiAnswer<BodyOf<R>>>

/** The input of a route. It comes unvalidated from forms and addresses: the API validates it. */
type RouteInput = {
  query?: Query | undefined
  /** Sent as JSON. */
  body?: unknown
  /** Sent unchanged, in place of a body. */
  image?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  headers?: Record<string, string>
}

/** Optional for routes without path parameters. */
type InputOf<P extends string> =
  unknown extends ParamsOf<P> ? [input?: RouteInput] : [input: RouteInput & { params: ParamsOf<P> }]

/** Headers of a visitor's request that are forwarded. */
const PASSED_ON = ['cookie', 'accept-language', 'x-forwarded-for']

/** @param fetch - the app's own, so that a call needs no connection */
export function createPageApi(
  fetch: (request: Request, env: Partial<HttpBindings>) => Response | Promise<Response>,
): Api {
  // Handlers of a route are compiled against the schema that its body has here.
  function api<R extends RouteConfig>(
    c: Context,
    route: R,
    ...input: InputOf<R['path']>
  ): Promise<ApiAnswer<BodyOf<R>>>
  async function api(
    c: Context,
    { method, path }: RouteConfig,
    { params = {}, query, headers: more, ...content }: RouteInput & { params?: ParamsOf<string> } = {},
  ): Promise<ApiAnswer<unknown>> {
    const headers = new Headers(headerText(more))
    for (const name of PASSED_ON) {
      const value = c.req.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    const { type, body } = sentBody(content)
    if (type !== undefined) headers.set('content-type', type)
    const response = await fetch(
      new Request(new URL(addressOf<string>(path, params, query), c.req.url), {
        method: method.toUpperCase(),
        headers,
        ...(body === undefined ? {} : { body }),
        // An image upload is aborted with the visitor's request.
        ...(content.image === undefined ? {} : { signal: c.req.raw.signal }),
      }),
      c.env,
    )
    const { status } = response
    const read = readJson(await response.text())
    if (!response.ok) return { ok: false, status, problem: problemIn(read) }
    return { ok: true, status, body: read, cookies: response.headers.getSetCookie() }
  }
  return api
}

/** Undefined for a missing body. */
function readJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new Problem('unavailable', 'The API gave no JSON', { cause })
  }
}

/** The API refuses with problem documents only; any other response did not come from it. */
function problemIn(read: unknown): ProblemDocument {
  if (typeof read === 'object' && read !== null && 'code' in read) return read as ProblemDocument
  throw new Problem('unavailable', 'The API gave no problem document')
}

/** A header allows Latin-1 only; other characters of a form are encoded, so that the API returns a validation error. */
function headerText(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const encoded = Object.entries(headers).map(([name, value]) => [
    name,
    /^[ -~]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed()),
  ])
  return Object.fromEntries(encoded) as Record<string, string>
}

function sentBody({ body, image }: Pick<RouteInput, 'body' | 'image'>): {
  type?: string
  body?: string | Uint8Array<ArrayBuffer>
} {
  if (image !== undefined) return { type: image.type, body: image.bytes }
  return body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) }
}
