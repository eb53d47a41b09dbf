/** A request as it is sent, with the headers common to all of ours. */
export function requestBytes(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  headers: readonly string[] = [],
  body?: object,
): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body)
  const about =
    body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...about, ...headers, '', ''].join('\r\n')
  return Buffer.from(head + text)
}

export function bearer(token: string): string {
  return `Authorization: Bearer ${token}`
}
