import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type RawAnswer = { status: number; headers: Headers; body: string }

/** A connection on which a test writes what no client would; it stores all that it receives. */
export type RawConnection = {
  socket: Socket
  send: (bytes: string | Uint8Array) => void
  /** The next complete response. Throws when the connection ends before that. */
  answer: (method?: string) => Promise<RawAnswer>
  /** Resolves when the server has ended the connection, with any remaining data. */
  ended: () => Promise<string>
  close: () => void
}

const HEAD_END = '\r\n\r\n'

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let stored = Buffer.alloc(0)
  let over = false
  let wake = () => {}
  socket.on('data', (bytes) => {
    stored = Buffer.concat([stored, bytes])
    wake()
  })
  // A server that closes a connection while data is on its way to it resets it.
  socket.on('error', () => {})
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      over = true
      wake()
    })
  }
  await once(socket, 'connect')

  async function until<T>(take: () => T | undefined): Promise<T> {
    for (;;) {
      const taken = take()
      if (taken !== undefined) return taken
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    answer: (method = 'GET') =>
      until(() => {
        const read = readAnswer(stored, method)
        if (read === undefined && over) throw new Error(`The connection ended with: ${stored.toString()}`)
        if (read !== undefined) stored = stored.subarray(read.bytes)
        return read?.answer
      }),
    ended: () => until(() => (over ? stored.toString() : undefined)),
    close: () => void socket.destroy(),
  }
}

/** Sends one request on a new connection. */
export async function sendRaw(port: number, bytes: string | Uint8Array, method?: string): Promise<RawAnswer> {
  const connection = await openRaw(port)
  connection.send(bytes)
  const answer = await connection.answer(method)
  connection.close()
  return answer
}

/** A request as text: the given lines, a host, and the length of the body unless the headers state how it is sent. */
export function rawRequest(
  method: string,
  target: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): string {
  const all = {
    Host: 'naru.test',
    ...(body === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

function readAnswer(bytes: Buffer, method: string): { answer: RawAnswer; bytes: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const status = Number(statusLine.split(' ')[1])
  const start = headEnd + HEAD_END.length
  // 100 Continue allows the body; the final response comes after.
  if (status === 100) {
    const next = readAnswer(bytes.subarray(start), method)
    return next === undefined ? undefined : { ...next, bytes: next.bytes + start }
  }
  const bodiless = method === 'HEAD' || status === 204 || status === 304
  const body = bodiless ? { text: '', bytes: 0 } : readBody(bytes.subarray(start), headers)
  if (body === undefined) return undefined
  return { answer: { status, headers, body: body.text }, bytes: start + body.bytes }
}

function readBody(bytes: Buffer, headers: Headers): { text: string; bytes: number } | undefined {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0)
    return bytes.length < length ? undefined : { text: bytes.toString('utf8', 0, length), bytes: length }
  }
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (bytes.length < end + 2) return undefined
    if (size === 0) return { text: Buffer.concat(chunks).toString(), bytes: end + 2 }
    chunks.push(bytes.subarray(lineEnd + 2, end))
    at = end + 2
  }
}
