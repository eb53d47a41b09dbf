import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'

export type InstanceIdentity = {
  instanceId: string
  region: string
  /** The instance's role, in whose name the simulated AWS is asked. */
  role: string
  privateAddress: string
  instanceType: string
}

const TOKEN_SECONDS_MAX = 21_600
const CREDENTIALS_MS = 6 * 3_600_000
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds'
const TOKEN_HEADER = 'x-aws-ec2-metadata-token'

/** The instance metadata service, version 2 only: without a token of a PUT every answer is 401, as `http_tokens = "required"` has it. */
export function createImds(identity: InstanceIdentity, now: () => number): Server {
  const tokens = new Map<string, number>()
  return createServer((request, response) => {
    const { status, body } = reply(identity, request, tokens, now())
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
}

type Reply = { status: number; body: string }

function reply(
  identity: InstanceIdentity,
  { method, url = '', headers }: IncomingMessage,
  tokens: Map<string, number>,
  nowMs: number,
): Reply {
  if (url === '/latest/api/token') return giveToken(method, headers[TTL_HEADER], tokens, nowMs)
  const token = headers[TOKEN_HEADER]
  const expiresMs = typeof token === 'string' ? tokens.get(token) : undefined
  if (expiresMs === undefined || expiresMs <= nowMs) return { status: 401, body: '' }
  const body = readMetadata(identity, url, nowMs)
  return body === undefined ? { status: 404, body: '' } : { status: 200, body }
}

function giveToken(
  method: string | undefined,
  ttl: string | string[] | undefined,
  tokens: Map<string, number>,
  nowMs: number,
): Reply {
  const ttlSeconds = Number(ttl)
  if (method !== 'PUT') return { status: 405, body: '' }
  if (!(ttlSeconds >= 1 && ttlSeconds <= TOKEN_SECONDS_MAX)) return { status: 400, body: '' }
  const token = randomBytes(32).toString('base64url')
  tokens.set(token, nowMs + ttlSeconds * 1000)
  return { status: 200, body: token }
}

/** What a path holds. A folder ends with a slash or is asked for without one, as on AWS. */
function readMetadata(identity: InstanceIdentity, url: string, nowMs: number): string | undefined {
  const { instanceId, region, role, privateAddress, instanceType } = identity
  const values: Record<string, string> = {
    'meta-data/instance-id': instanceId,
    'meta-data/instance-type': instanceType,
    'meta-data/local-ipv4': privateAddress,
    'meta-data/local-hostname': `ip-${privateAddress.replaceAll('.', '-')}.${region}.compute.internal`,
    'meta-data/placement/region': region,
    'meta-data/placement/availability-zone': `${region}a`,
    'meta-data/iam/security-credentials': role,
    [`meta-data/iam/security-credentials/${role}`]: JSON.stringify(credentials(role, nowMs)),
    'dynamic/instance-identity/document': JSON.stringify({
      ...{ instanceId, region, instanceType, privateIp: privateAddress },
      ...{ accountId: '123456789012', architecture: 'x86_64', availabilityZone: `${region}a` },
    }),
  }
  return values[url.replace(/^\/latest\//, '').replace(/\/$/, '')]
}

function credentials(role: string, nowMs: number): Record<string, string> {
  return {
    ...{ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date(nowMs).toISOString() },
    AccessKeyId: `ASIA${role
      .replaceAll(/[^A-Za-z]/g, '')
      .toUpperCase()
      .padEnd(16, 'X')
      .slice(0, 16)}`,
    SecretAccessKey: 'the simulated AWS does not check signatures',
    Token: 'simulated',
    Expiration: new Date(nowMs + CREDENTIALS_MS).toISOString(),
  }
}
