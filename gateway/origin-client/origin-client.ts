import { Pool } from 'undici'
import { ORIGIN_TIMEOUT_MS } from '../../shared/origin-timeout.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'

type OriginRequest = {
  method: string
  /** Path and query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | undefined
  /** Aborted when the response is no longer needed. */
  signal?: AbortSignal | undefined
}

export type OriginResponse = Awaited<ReturnType<Pool['request']>>

/** The origin behind this gateway, over persistent connections. */
export type OriginClient = {
  request(request: OriginRequest): Promise<OriginResponse>
  /** The gateway's service token, for its own requests. */
  serviceToken(): string
  close(): Promise<void>
}

/** The maximum number of connections of one gateway to the origin. */
export const ORIGIN_CONNECTIONS_MAX = 256
const SERVICE_TOKEN_SECONDS = 300
/**
 * A token is replaced when its remaining lifetime falls below this, which covers requests in progress and clock skew.
 */
const SERVICE_TOKEN_MARGIN_SECONDS = 120

export function createOriginClient(deps: {
  url: string
  connectionsMax: number
  timeoutMs?: number
  name: string
  signService: SignToken<'service'>
  now: Clock
}): OriginClient {
  const { timeoutMs = ORIGIN_TIMEOUT_MS } = deps
  const pool = new Pool(deps.url, {
    connections: deps.connectionsMax,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  let token = ''
  let expires = 0
  return {
    request: ({ method, path, headers, body, signal }) =>
      pool.request({
        method,
        path,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      }),
    serviceToken() {
      const seconds = Math.floor(deps.now() / 1000)
      if (seconds > expires - SERVICE_TOKEN_MARGIN_SECONDS) {
        expires = seconds + SERVICE_TOKEN_SECONDS
        token = deps.signService({ aud: AUDIENCES.service, sub: deps.name, iat: seconds, exp: expires })
      }
      return token
    },
    close: () => pool.close(),
  }
}
