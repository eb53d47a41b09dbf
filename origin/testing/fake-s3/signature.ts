import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type Credentials = { accessKeyId: string; secretAccessKey: string }

type SentRequest = { method: string; url: URL; headers: IncomingHttpHeaders; body: Buffer }

/** What the signature must cover: host, time, content, and conditions. */
const SIGNED = ['host', 'x-amz-content-sha256', 'x-amz-date']

/**
 * Whether a request is signed with the credentials, computed again as Amazon describes it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
export function isSigned(request: SentRequest, region: string, credentials: Credentials): boolean {
  const { headers, body } = request
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
  const [, credential = '', names = '', signature] = parts.exec(headers.authorization ?? '') ?? []
  const date = String(headers['x-amz-date'])
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  const signed = names.split(';')
  if (credential !== `${credentials.accessKeyId}/${scope}`) return false
  if (!SIGNED.every((name) => signed.includes(name))) return false
  if (headers['if-none-match'] !== undefined && !signed.includes('if-none-match')) return false
  if (headers['x-amz-content-sha256'] !== sha256(body)) return false
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical(request, signed))].join('\n')
  const key = [date.slice(0, 8), region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (made, part) => hmac(made, part),
    `AWS4${credentials.secretAccessKey}`,
  )
  return hmac(key, text).toString('hex') === signature
}

function canonical({ method, url, headers, body }: SentRequest, signed: readonly string[]): string {
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted()
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`)
  return [method, url.pathname, query.join('&'), lines.join(''), signed.join(';'), sha256(body)].join('\n')
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
