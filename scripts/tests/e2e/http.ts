export type Call = { token?: string; body?: object; headers?: Record<string, string> }
export type Answer = { status: number; body: Record<string, unknown> }

/** Calls an API as a program would: JSON in, JSON out, a bearer token. */
export async function call(at: string, method: string, path: string, options: Call = {}): Promise<Answer> {
  const { token, body, headers } = options
  const response = await fetch(`${at}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
}
