import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { startFakeServer } from '../fake-server.ts'
import { type Credentials, isSigned } from './signature.ts'

/**
 * Failure modes of a request:
 * - a number: it gets an error response with this status, and nothing is done
 * - `stall`: it gets no response
 * - `cut`, `stall-half-way`: half of the response is sent, and then the connection closes or stalls
 * - `flood`: an endless response
 */
type Fault = number | 'stall' | 'cut' | 'stall-half-way' | 'flood'

type StoredObject = { content: Buffer; contentType: string; cacheControl: string }

export type FakeS3 = {
  url: string
  bucket: string
  region: string
  credentials: Credentials
  /** The objects of the bucket, by key. */
  objects: Map<string, StoredObject>
  /** Each applies to one request, in turn. */
  faults: Fault[]
  /** Every request, as `METHOD /path`. */
  seen: string[]
  close(): Promise<void>
}

const CODES: Record<number, string> = {
  403: 'AccessDenied',
  404: 'NoSuchKey',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  500: 'InternalError',
  503: 'SlowDown',
}

/**
 * The part of S3 that Naru uses, on this host: one bucket, addressed by its path, for signed requests. A mock of the
 * client would not suffice: the tests cover how the library signs, retries and times out over real connections.
 */
export async function startFakeS3(): Promise<FakeS3> {
  const fake: FakeS3 = {
    ...(await startFakeServer(serve)),
    bucket: 'naru-images',
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'AKIANARUTEST', secretAccessKey: 'a secret that must not leak' },
    objects: new Map(),
    faults: [],
    seen: [],
  }
  return fake

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', fake.url)
    const { method = '', headers } = request
    const body = await buffer(request)
    fake.seen.push(`${method} ${url.pathname}`)
    const fault = fake.faults.shift()
    if (fault === 'stall') return
    if (fault === 'flood') return flood(response)
    if (typeof fault === 'number') return refuse(response, fault)
    if (!isSigned({ method, url, headers, body }, fake.region, fake.credentials)) {
      return refuse(response, 403, 'SignatureDoesNotMatch')
    }
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split('/')
    if (bucket !== fake.bucket) return refuse(response, 404, 'NoSuchBucket')
    const key = rest.join('/')
    if (method === 'PUT') put(headers, response, { key, body })
    else getOrDelete(method, key, response, fault)
  }

  function getOrDelete(
    method: string,
    key: string,
    response: ServerResponse,
    fault: 'cut' | 'stall-half-way' | undefined,
  ): void {
    if (method === 'DELETE') {
      fake.objects.delete(key)
      response.writeHead(204).end()
    } else get(key, response, fault)
  }

  function put(headers: IncomingHttpHeaders, response: ServerResponse, sent: { key: string; body: Buffer }) {
    if (headers['if-none-match'] === '*' && fake.objects.has(sent.key)) return refuse(response, 412)
    fake.objects.set(sent.key, {
      content: sent.body,
      contentType: headers['content-type'] ?? '',
      cacheControl: headers['cache-control'] ?? '',
    })
    response.writeHead(200, { etag: '"kept"' }).end()
  }

  function get(key: string, response: ServerResponse, fault: 'cut' | 'stall-half-way' | undefined): void {
    const found = fake.objects.get(key)
    if (found === undefined) {
      refuse(response, 404)
      return
    }
    const { content, contentType } = found
    response.writeHead(200, { 'content-type': contentType, 'content-length': content.length })
    if (fault === undefined) {
      response.end(content)
      return
    }
    response.write(content.subarray(0, content.length / 2), () => {
      if (fault === 'cut') response.destroy()
    })
  }
}

function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/webp' })
  const chunk = Buffer.alloc(65_536)
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

function refuse(response: ServerResponse, status: number, code = CODES[status] ?? 'Unknown'): void {
  response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'TEST' })
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Refused</Message></Error>`,
  )
}
