import { Pool } from 'undici'

export type Answer = { status: number; body: unknown }

/** Sends one request to the sandbox, with an idempotency key where the request has one. */
export type Call = (
  method: 'GET' | 'POST',
  path: string,
  send?: { key: string; body: object },
) => Promise<Answer>

/** Connections to the sandbox's HTTP API. A request rejects after `timeoutMs`. */
export function openSandbox(options: { url: string; timeoutMs: number; connectionsMax: number }): {
  call: Call
  close: () => Promise<void>
} {
  const pool = new Pool(options.url, { connections: options.connectionsMax })
  return {
    async call(method, path, send) {
      const response = await pool.request({
        method,
        path,
        signal: AbortSignal.timeout(options.timeoutMs),
        ...(send === undefined
          ? {}
          : {
              body: JSON.stringify(send.body),
              headers: { 'content-type': 'application/json', 'idempotency-key': send.key },
            }),
      })
      return { status: response.statusCode, body: readJson(await response.body.text()) }
    },
    close: () => pool.close(),
  }
}

/** Errors of parsing quote the text, which may name the secret of a payment. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * An answer that is no result, as it may be logged: with the status, by which retries are decided, and without the body,
 * in which an open charge has the secret that completes it.
 */
export class UnexpectedAnswer extends Error {
  readonly status: number

  constructor({ status }: Answer) {
    super(`the sandbox answered ${status}`)
    this.name = 'UnexpectedAnswer'
    this.status = status
  }
}

/** Whether the sandbox has made what was requested, now or under the same key before. */
export function isMade({ status }: Answer): boolean {
  return status === 200 || status === 201
}

export function chargePath(key: string): string {
  return `/charges/${encodeURIComponent(key)}`
}
