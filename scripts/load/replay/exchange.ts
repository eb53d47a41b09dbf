import type { Pool } from 'undici'

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  token?: string
  headers?: Record<string, string>
  body?: object
}

export type Answer = {
  status: number
  body: unknown
  etag: string | undefined
  retryAfterMs: number | undefined
  /** The problem's code and detail (RFC 9457), when it is one. */
  code: string | undefined
  detail: string | undefined
}

/** One request and its response. Redirects are not followed, so that no request reaches another host. */
export async function exchange(pool: Pool, call: Call, signal: AbortSignal): Promise<Answer> {
  const { statusCode, headers, body } = await pool.request({
    method: call.method,
    path: call.path,
    signal,
    headers: {
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
  })
  const content = parseJson(await body.text())
  const { etag, 'retry-after': retryAfter } = headers
  return {
    status: statusCode,
    body: content,
    etag: typeof etag === 'string' ? etag : undefined,
    retryAfterMs:
      typeof retryAfter === 'string' && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined,
    ...(statusCode >= 400 ? problemOf(content) : { code: undefined, detail: undefined }),
  }
}

/** Error codes of the system (`ECONNRESET`…), of undici (`UND_ERR_…`) and of its parser (`HPE_…`); no others. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false
  return /^(E(?!RR_)[A-Z]|HPE_|UND_ERR_(?!INVALID|ABORTED|CLOSED|DESTROYED))/.test(error.code)
}

/** The parsed body, undefined when it is empty or not JSON: the caller's schema then rejects it. */
function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function problemOf(body: unknown): Pick<Answer, 'code' | 'detail'> {
  const members = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const { code, title, detail = title } = members
  return {
    code: typeof code === 'string' ? code : undefined,
    detail: typeof detail === 'string' ? detail : undefined,
  }
}
