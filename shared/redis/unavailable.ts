/**
 * The errors with which any command fails while Redis is unavailable: the complete list, from the sources of ioredis 6
 * (lib/ and lib/cluster/), redis-errors, Node (`uv` error codes) and Redis 6 to 8 (`shared.*err` in server.c,
 * cluster.c, script.c, replication.c).
 */
const CLIENT_NAMES: ReadonlySet<string> = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError'])

/** Prefixes of ioredis' messages. */
const CLIENT_MESSAGES = [
  "Stream isn't writeable",
  'Connection is closed',
  'Connection is aborted',
  'Connection is discarded',
  'Command timed out',
  'Command aborted due to connection close',
  'Socket timeout',
  'connect ETIMEDOUT',
  // A cluster that currently has no reply, or moves a room to another node.
  "Cluster isn't ready",
  'No subscriber for the cluster',
  'Cluster is ended',
  'Cluster is disconnect',
  'Node is disconnected',
  'None of startup nodes is available',
  'No master node is available',
  'Too many Cluster redirections',
  'All keys in the pipeline should belong to the same slots allocation group',
  'All sentinels are unreachable',
  // The data received was not from a Redis; the client reconnects.
  'Unknown RESP type',
]

/** Of the connection, from Node. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTCONN', 'ESHUTDOWN'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ENODATA', 'ESERVFAIL', 'ECANCELLED'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET', 'EADDRNOTAVAIL'],
  // No file descriptor or buffer left for a connection.
  ...['EMFILE', 'ENFILE', 'ENOBUFS'],
  ...[
    'ERR_STREAM_DESTROYED',
    'ERR_STREAM_WRITE_AFTER_END',
    'ERR_SOCKET_CLOSED',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
  ],
])

/** The first word of an error reply. */
const REPLY_CODES: ReadonlySet<string> = new Set([
  // It is starting, is a replica, has no primary, no memory or disk, or runs a script that does not end.
  ...['LOADING', 'READONLY', 'MASTERDOWN', 'NOREPLICAS', 'OOM', 'MISCONF', 'BUSY', 'UNBLOCKED'],
  // Its password or our user's rights have changed; or it has no password and refuses remote clients.
  ...['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED'],
  // A transaction of which one command was refused for one of these reasons; ours fail for no other.
  'EXECABORT',
  ...['CLUSTERDOWN', 'TRYAGAIN', 'MOVED', 'ASK'],
])

/** Error replies without a code. */
const REPLY_MESSAGES = ['ERR max number of clients', 'ERR failed to refresh', 'ERR Server is shutting down']

const CAUSES_MAX = 4

/** True when a command failed because Redis is unreachable or cannot serve now, not because of the command itself. */
export function isRedisUnavailable(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < CAUSES_MAX; e = e.cause, depth += 1) {
    if (isUnavailable(e)) return true
  }
  return false
}

function isUnavailable(error: Error & { code?: unknown; syscall?: unknown }): boolean {
  const { name, message, code, syscall } = error
  if (CLIENT_NAMES.has(name) || (typeof code === 'string' && NETWORK_CODES.has(code))) return true
  // A unix socket whose server is not running; any other missing file is an error of ours.
  if (code === 'ENOENT' && syscall === 'connect') return true
  if (replyCodesOf(error).some((code) => REPLY_CODES.has(code))) return true
  return [...CLIENT_MESSAGES, ...REPLY_MESSAGES].some((text) => message.startsWith(text))
}

/** The code that an error reply begins with, and the one that a script failed with. */
export function replyCodesOf({ message }: Error): string[] {
  return [message.split(' ', 1)[0] ?? '', codeInScript(message)]
}

/** Before version 7, the error of a command in a script is inside the script's own error: `… : -OOM command …`. */
function codeInScript(message: string): string {
  if (!message.startsWith('ERR Error running script')) return ''
  return message.split(': -', 2)[1]?.split(' ', 1)[0] ?? ''
}
