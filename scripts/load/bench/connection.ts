import { connect } from 'node:net'

/** `body` is valid until the next request is sent. */
export type HttpAnswer = { status: number; head: string; body: Buffer }

const READ_BYTES = 65_536
const HEAD_END = '\r\n\r\n'

/**
 * A connection that is kept alive and has one request under way at a time, with no more parsing than finding where
 * an answer ends: the load must not cost more than the server.
 *
 * @param next - the next request, given the answer to the last; undefined ends the connection
 * @returns resolves when `next` has no more
 */
export function sendAll(port: number, next: (last: HttpAnswer | undefined) => Buffer | undefined) {
  return new Promise<void>((resolve, reject) => {
    let stored = Buffer.alloc(0)
    let over = false
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: take },
    })
    socket.once('connect', () => go(undefined))
    socket.once('error', fail)
    socket.once('close', () => (over ? resolve() : fail(new Error('The server closed a connection'))))

    function take(count: number, buffer: Uint8Array): boolean {
      const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count)
      const bytes = stored.length === 0 ? chunk : Buffer.concat([stored, chunk])
      try {
        const answer = readAnswer(bytes)
        if (answer === undefined) stored = Buffer.from(bytes)
        else {
          stored = Buffer.alloc(0)
          go(answer)
        }
      } catch (error) {
        fail(error)
      }
      return true
    }

    function go(last: HttpAnswer | undefined): void {
      const request = next(last)
      if (request !== undefined) socket.write(request)
      else {
        over = true
        socket.destroy()
      }
    }

    function fail(error: unknown): void {
      over = true
      reject(error)
      socket.destroy()
    }
  })
}

/** The answer that these bytes are, or undefined while some are missing. Throws when they are more, or chunked. */
export function readAnswer(bytes: Buffer): HttpAnswer | undefined {
  const headBytes = bytes.indexOf(HEAD_END)
  if (headBytes < 0) return undefined
  const head = bytes.toString('latin1', 0, headBytes + HEAD_END.length)
  const status = Number(head.slice(9, 12))
  const missing = head.length + (status === 304 ? 0 : contentLength(head)) - bytes.length
  if (missing < 0) throw new Error(`More came than was asked for: ${bytes.toString()}`)
  return missing === 0 ? { status, head, body: bytes.subarray(headBytes + HEAD_END.length) } : undefined
}

export function etagOf(head: string): string {
  return /\r\netag: (\S+)\r\n/i.exec(head)?.[1] ?? ''
}

function contentLength(head: string): number {
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`An answer does not say how long it is: ${head}`)
  return Number(length)
}
