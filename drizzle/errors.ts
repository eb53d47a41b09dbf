/**
 * True for a row that would break a unique index (MySQL error 1062).
 *
 * @param index - the index that must be the broken one
 */
export function isDuplicate(error: unknown, index?: string): boolean {
  if (codeOf(error) !== 'ER_DUP_ENTRY') return false
  // MySQL puts the table's name before the index's, MariaDB does not.
  return (
    index === undefined ||
    causesOf(error).some(({ message }) => message.endsWith(`'${index}'`) || message.endsWith(`.${index}'`))
  )
}

/** True when a row cannot be deleted because another row refers to it (MySQL errors 1451 and 1217). */
export function isReferenced(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ER_ROW_IS_REFERENCED_2' || code === 'ER_ROW_IS_REFERENCED'
}

/** True when the database aborted this transaction to resolve a conflict; a retry is right (errors 1213, 1205). */
export function isDeadlock(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT'
}

/**
 * The errors with which any query fails while the database is unavailable: the complete list, from the sources of
 * mysql2 3.24 (lib/base/, lib/commands/), Node (`uv` error codes), and the error references of MySQL 8.4 and 9, MariaDB
 * 10.6 to 12, and Amazon RDS and Aurora (a writer that became a reader).
 */
const CLIENT_CODES: ReadonlySet<string> = new Set([
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
  // From mysql2: the connection was lost, broke the protocol, or was never established.
  ...[
    'PROTOCOL_CONNECTION_LOST',
    'PROTOCOL_SEQUENCE_TIMEOUT',
    'PROTOCOL_ERROR',
    'PROTOCOL_UNEXPECTED_PACKET',
  ],
  ...[
    'HANDSHAKE_SSL_ERROR',
    'HANDSHAKE_NO_SSL_SUPPORT',
    'HANDSHAKE_UNKNOWN_ERROR',
    'AUTH_SWITCH_PLUGIN_ERROR',
  ],
])

/** Errors of mysql2 that have no code. */
const CLIENT_MESSAGES: ReadonlySet<string> = new Set([
  'Queue limit reached.',
  'Pool is closed.',
  'No connections available.',
  "Can't add new command when connection is in closed state",
  "Can't write in closed state",
])

/** Error numbers of the server. By number, since mysql2 names those of MariaDB as if they were MySQL's. */
const SERVER_NUMBERS: ReadonlySet<number> = new Set([
  // Connections: all taken, also by this user; refused, blocked or not yet set up.
  ...[1040, 1203, 1226, 1042, 1043, 1129, 1045, 3159],
  // It is shutting down, has ended the connection or the query, or a node of a cluster is not ready.
  ...[1053, 1077, 1152, 1184, 1317, 1927, 3168, 3169, 4031, 1047],
  // Network errors between them.
  ...[1158, 1159, 1160, 1161],
  // Read-only, such as a replica or a replaced primary.
  ...[1290, 1792, 1836],
  // No memory, no disk space, or no room for more locks.
  ...[1021, 1026, 1037, 1038, 1041, 1114, 1206],
  // It took too long, or waited too long for others; or the cluster did not agree to a commit.
  ...[1205, 1213, 1969, 3024, 3572, 1180, 3101],
])

/**
 * True when a query failed because the database is unreachable or cannot serve now, not because of the query itself.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return causesOf(error).some(({ code, errno, syscall, message }) => {
    if (typeof code === 'string' && CLIENT_CODES.has(code)) return true
    // A unix socket whose server is not running; any other missing file is an error of ours.
    if (code === 'ENOENT' && syscall === 'connect') return true
    return (typeof errno === 'number' && SERVER_NUMBERS.has(errno)) || CLIENT_MESSAGES.has(message)
  })
}

/** Drizzle wraps the driver's error, which carries the code. */
function codeOf(error: unknown): string | undefined {
  const code = causesOf(error).find((cause) => typeof cause.code === 'string')?.code
  return typeof code === 'string' ? code : undefined
}

const CAUSES_MAX = 4

type Cause = Error & { code?: unknown; errno?: unknown; syscall?: unknown }

function causesOf(error: unknown): Cause[] {
  const causes: Error[] = []
  for (let e = error; e instanceof Error && causes.length < CAUSES_MAX; e = e.cause) causes.push(e)
  return causes
}
