import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { z } from 'zod'

/** A CloudFront KeyValueStore in memory, which moto lacks. */
export type KeyValueStore = {
  server: Server
  get(key: string): string | undefined
}

type Reply = { status: number; headers?: Record<string, string>; body: object }

const BODY_BYTES_MAX = 4096
const ValueSchema = z.object({ Value: z.string() })
const NOT_FOUND: Reply = problem(404, 'ResourceNotFoundException')

/** Answers GetKey, PutKey and DescribeKeyValueStore for any store; a write has to name the version that it has read. */
export function createKeyValueStore(): KeyValueStore {
  const values = new Map<string, string>()
  let version: string = randomUUID()

  async function reply(request: IncomingMessage): Promise<Reply> {
    const [, key] = /^\/key-value-stores\/[^/]+(?:\/keys\/([^/?]+))?/.exec(request.url ?? '') ?? []
    if (key === undefined) return { status: 200, headers: { etag: version }, body: { Status: 'READY' } }
    if (request.method === 'PUT') {
      if (request.headers['if-match'] !== version) return problem(409, 'ConflictException')
      values.set(key, ValueSchema.parse(JSON.parse(await readBody(request))).Value)
      version = randomUUID()
      return { status: 200, headers: { etag: version }, body: { ItemCount: values.size } }
    }
    const value = values.get(key)
    return value === undefined ? NOT_FOUND : { status: 200, body: { Key: key, Value: value } }
  }

  const server = createServer((request, response) => {
    reply(request)
      .catch(() => problem(400, 'ValidationException'))
      .then(({ status, headers, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(JSON.stringify(body))
      })
      .catch(() => response.destroy())
  })
  return { server, get: (key) => values.get(key) }
}

function problem(status: number, type: string): Reply {
  return { status, headers: { 'x-amzn-errortype': type }, body: { Message: type } }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > BODY_BYTES_MAX) throw new Error('The body is too long')
  }
  return text
}
