/** A node through which a cluster is first reached; the cluster itself lists all others. */
export type RedisNode = { host: string; port: number }

/** The address of Redis: one server, or a cluster with the options common to all of its nodes. */
export type RedisPlace =
  | { kind: 'server'; url: string }
  | {
      kind: 'cluster'
      nodes: RedisNode[]
      credentials: { username?: string; password?: string }
      encrypted: boolean
    }

const USUAL_PORT = 6379

/**
 * Reads `REDIS_URL`. A comma makes it a cluster: nodes separated by commas, with the same scheme, user and password; a
 * single node that represents all, such as the endpoint of a hosted cluster, is followed by a comma.
 *
 * @throws when it has a comma but is not valid as a cluster; the message contains no password
 */
export function readRedisPlace(url: string): RedisPlace {
  if (!url.includes(',')) return { kind: 'server', url }
  const parts = url.split(',').map((part) => part.trim())
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
  }
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
