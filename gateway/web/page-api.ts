import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { Problem, type ProblemDocument } from '../../shared/api/problem.ts'

/** What the public API answered to a page. */
export type ApiAnswer<T> =
  | { ok: true; status: number; body: T; cookies: string[] }
  | { ok: false; status: number; problem: ProblemDocument }

/** Asks the public API on behalf of a visitor, with the cookies of their request: pages can do no more than programs. */
export type Api = <T>(c: Context, request: ApiRequest) => Promise<ApiAnswer<T>>

export type ApiRequest = {
  method: string
  path: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of a body. */
  image?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  headers?: Record<string, string>
}

/** What of a visitor's request goes along. */
const PASSED_ON = ['cookie', 'accept-language', 'x-forwarded-for']

/** @param fetch - the app's own, so that asking costs no connection */
export function createPageApi(
  fetch: (request: Request, env: Partial<HttpBindings>) => Response | Promise<Response>,
): Api {
  return async <T>(
    c: Context,
    { method, path, headers: more, ...content }: ApiRequest,
  ): Promise<ApiAnswer<T>> => {
    const headers = new Headers(headerText(more))
    for (const name of PASSED_ON) {
      const value = c.req.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    const { type, body } = sentBody(content)
    if (type !== undefined) headers.set('content-type', type)
    const response = await fetch(
      new Request(new URL(path, c.req.url), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        // Reading an image ends with the visitor's request.
        ...(content.image === undefined ? {} : { signal: c.req.raw.signal }),
      }),
      c.env,
    )
    const { status } = response
    const read = readJson(await response.text())
    if (!response.ok) return { ok: false, status, problem: problemIn(read) }
    // The API answers as its own description says; the type is the page's word for it.
    return { ok: true, status, body: read as T, cookies: response.headers.getSetCookie() }
  }
}

/** Undefined for a body that there is not. */
function readJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new Problem('unavailable', 'The API gave no JSON', { cause })
  }
}

/** What the API refuses with is a problem; anything else was never said by it. */
function problemIn(read: unknown): ProblemDocument {
  if (typeof read === 'object' && read !== null && 'code' in read) return read as ProblemDocument
  throw new Problem('unavailable', 'The API gave no problem document')
}

/** A header takes Latin-1 alone; what else a form says is encoded, so that the API refuses it with a word about it. */
function headerText(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const encoded = Object.entries(headers).map(([name, value]) => [
    name,
    /^[ -~]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed()),
  ])
  return Object.fromEntries(encoded) as Record<string, string>
}

function sentBody({ body, image }: Pick<ApiRequest, 'body' | 'image'>): {
  type?: string
  body?: string | Uint8Array<ArrayBuffer>
} {
  if (image !== undefined) return { type: image.type, body: image.bytes }
  return body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) }
}
