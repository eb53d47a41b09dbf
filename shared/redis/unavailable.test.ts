import { expect, it } from 'vitest'
import { REDIS_REFUSALS } from '../testing/redis-refusals.ts'
import { isRedisUnavailable } from './unavailable.ts'

const error = (message: string, fields: object = {}) => Object.assign(new Error(message), fields)

// H7: errors of ioredis, Node and Redis when Redis is unavailable.
it.each([
  "Stream isn't writeable and enableOfflineQueue options is false",
  'Connection is closed.',
  'Connection is aborted',
  'Connection is discarded because a new connection is made',
  'Command timed out',
  'Command aborted due to connection close',
  "Socket timeout. Expecting data, but didn't receive any in 3000ms.",
  'connect ETIMEDOUT',
  "Cluster isn't ready and enableOfflineQueue options is false",
  'Cluster is ended.',
  'Cluster is disconnected.',
  'Cluster is disconnecting.',
  'Node is disconnected',
  'None of startup nodes is available',
  'No master node is available for the pipeline',
  'Too many Cluster redirections. Last error: Error: MOVED 1 127.0.0.1:7000',
  'All keys in the pipeline should belong to the same slots allocation group',
  'All sentinels are unreachable. Retrying from scratch after 10ms.',
  'No subscriber for the cluster',
  'Unknown RESP type 72 "H". Please report this.',
  ...REDIS_REFUSALS,
  "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:1.",
])('H7: Redis is known to be unavailable when it says "%s"', (message) => {
  expect(isRedisUnavailable(error(message))).toBe(true)
  expect(isRedisUnavailable(new Error('failed', { cause: error(message) }))).toBe(true)
})

it.each([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS'],
  ...[
    'ERR_STREAM_DESTROYED',
    'ERR_STREAM_WRITE_AFTER_END',
    'ERR_SOCKET_CLOSED',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
  ],
])('H7: Redis is known to be unavailable when Node says %s', (code) => {
  expect(isRedisUnavailable(error('failed', { code }))).toBe(true)
})

it.each(['MaxRetriesPerRequestError', 'ClusterAllFailedError'])(
  'H7: recognises that Redis is unavailable when ioredis throws %s',
  (name) => {
    expect(isRedisUnavailable(error('failed', { name }))).toBe(true)
  },
)

it('H7: recognises that Redis is unavailable when its socket is missing', () => {
  expect(isRedisUnavailable(error('connect ENOENT', { code: 'ENOENT', syscall: 'connect' }))).toBe(true)
  expect(isRedisUnavailable(error('open ENOENT', { code: 'ENOENT', syscall: 'open' }))).toBe(false)
})

it.each([
  'ERR unknown command',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  'BUSYGROUP Consumer Group name already exists',
  'NOGROUP No such key',
  'ERR Error running script (call to f_1): @user_script:3: user_script:3: attempt to index a nil value',
  'A fault of ours',
])('H7: Redis is not taken to be unavailable when it says "%s"', (message) => {
  expect(isRedisUnavailable(error(message))).toBe(false)
})
