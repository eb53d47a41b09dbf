import { readCaFile } from './ca-file.ts'

/** A node through which a cluster is first reached; the cluster itself lists all others. */
export type RedisNode = { host: string; port: number }

/** The address of Redis: one server, or a cluster with the options common to all of its nodes. */
export type RedisPlace =
  | { kind: 'server'; url: string; ca?: string }
  | {
      kind: 'cluster'
      nodes: RedisNode[]
      credentials: { username?: string; password?: string }
      encrypted: boolean
      ca?: string
    }

const USUAL_PORT = 6379

/**
 * Reads `REDIS_URL`. A comma makes it a cluster: nodes separated by commas, with the same scheme, user and password; a
 * single node that represents all, such as the endpoint of a hosted cluster, is followed by a comma. A `rediss://` URL
 * may name the file of the certificates (PEM) that the server's must be signed by: `?ca=FILE`, in a cluster after the
 * first node.
 *
 * @throws when it has a comma but is not valid as a cluster, or its file cannot be used; the message contains no password
 */
export function readRedisPlace(url: string): RedisPlace {
  const { url: plain, ca } = takeCaFile(url)
  const authority = ca === undefined ? {} : { ca }
  if (!url.includes(',')) return { kind: 'server', url: plain, ...authority }
  const parts = plain.split(',').map((part) => part.trim())
  const urls = parts.filter((part) => part !== '').map(readNodeUrl)
  const [first] = urls
  if (first === undefined) throw new Error('A Redis Cluster has at least one node')
  const { protocol, username, password } = first
  const alike = (other: URL) =>
    other.protocol === protocol && other.username === username && other.password === password
  if (!urls.every(alike)) throw new Error('The nodes of a Redis Cluster share scheme, user and password')
  return {
    kind: 'cluster',
    nodes: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? USUAL_PORT : Number(port),
    })),
    credentials: {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
    encrypted: protocol === 'rediss:',
    ...authority,
  }
}

function takeCaFile(url: string): { url: string; ca?: string } {
  const [first = '', ...others] = url.split(',')
  const { url: plain, ca } = readCaFile(first)
  if (ca === undefined) return { url }
  if (!plain.startsWith('rediss://')) throw new Error('A file of certificates (ca) is for rediss:// only')
  return { url: [plain, ...others].join(','), ca }
}

function readNodeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isNode =
    url !== undefined &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^(\/0?)?$/.test(url.pathname) &&
    url.search === ''
  if (!isNode) throw new Error('A node of a Redis Cluster is written redis://host:port, without a database')
  return url
}
