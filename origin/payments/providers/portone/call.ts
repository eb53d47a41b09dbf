import { Pool } from 'undici'
import { z } from 'zod'

export type Answer = { status: number; body: unknown }

type Request =
  | { method: 'GET'; path: string }
  /** A key makes the request idempotent: PortOne returns its first answer again for three hours. */
  | { method: 'POST'; path: string; body?: object; key?: string }

/** Sends one of the requests that an operation consists of. */
export type Call = (request: Request) => Promise<Answer>

/** What an operation needs: its requests, and the store whose payments it is about. */
export type Operation = { call: Call; storeId: string }

/**
 * Connections to PortOne's API. PortOne's library has no time limit, idempotency key or limit of connections, so Naru
 * takes its types and its verification of webhooks, and sends requests by itself.
 *
 * @param options.timeoutMs - for a whole operation; a request already sent may still have its effect
 */
export function openPortone(options: {
  apiUrl: string
  apiSecret: string
  timeoutMs: number
  connectionsMax: number
}): { begin: () => Call; close: () => Promise<void> } {
  const pool = new Pool(options.apiUrl, { connections: options.connectionsMax })
  return { begin: () => createCall(pool, options), close: () => pool.close() }
}

function createCall(pool: Pool, options: { apiSecret: string; timeoutMs: number }): Call {
  const signal = AbortSignal.timeout(options.timeoutMs)
  return async (request) => {
    const response = await pool.request({
      method: request.method,
      path: request.path,
      signal,
      headers: { authorization: `PortOne ${options.apiSecret}`, ...headersOf(request) },
      ...(request.method === 'POST' ? { body: JSON.stringify(request.body ?? {}) } : {}),
    })
    return { status: response.statusCode, body: readJson(await response.body.text()) }
  }
}

/** The key in quotation marks, as the IETF's draft of the header asks: https://developers.portone.io/api/rest-v2 */
function headersOf(request: Request): Record<string, string> {
  if (request.method === 'GET') return {}
  return {
    'content-type': 'application/json',
    ...(request.key === undefined ? {} : { 'idempotency-key': `"${request.key}"` }),
  }
}

/** A gateway before PortOne's API may answer in another language than JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const ErrorSchema = z.object({
  type: z.string().catch(''),
  message: z.string().nullish().catch(null),
  pgMessage: z.string().nullish().catch(null),
})

/** The code of an error, such as `ALREADY_PAID`; empty when PortOne names none. */
export function errorType({ body }: Answer): string {
  return ErrorSchema.safeParse(body).data?.type ?? ''
}

/** What PortOne, or the payment gateway behind it, says of an error. */
export function errorText({ status, body }: Answer): string {
  const { type, message, pgMessage } = ErrorSchema.safeParse(body).data ?? {}
  return pgMessage || message || type || `the provider answered ${status}`
}

/** An answer that is no result. It carries the status, by which retries are decided, and nothing of the payment. */
export class UnexpectedAnswer extends Error {
  readonly status: number

  constructor(answer: Answer) {
    super(`PortOne: ${errorText(answer)}`)
    this.name = 'UnexpectedAnswer'
    this.status = answer.status
  }
}
