import { expect, it } from 'vitest'
import { readRedisPlace } from './url.ts'

it.each(['redis://redis.test:6379/2', 'rediss://redis.test', '/run/redis.sock'])(
  'reads %s as one server, unchanged',
  (url) => expect(readRedisPlace(url)).toEqual({ kind: 'server', url }),
)

it('reads several nodes as a cluster', () => {
  expect(readRedisPlace('redis://a.test:7000, redis://[::1]:7001,redis://b.test')).toEqual({
    kind: 'cluster',
    nodes: [
      { host: 'a.test', port: 7000 },
      { host: '::1', port: 7001 },
      { host: 'b.test', port: 6379 },
    ],
    credentials: {},
    encrypted: false,
  })
})

it('reads one node followed by a comma as the endpoint of a cluster', () => {
  expect(readRedisPlace('rediss://naru:p%40ss@cluster.test:7000,')).toEqual({
    kind: 'cluster',
    nodes: [{ host: 'cluster.test', port: 7000 }],
    credentials: { username: 'naru', password: 'p@ss' },
    encrypted: true,
  })
})

it.each([
  ',',
  'redis://a.test,/run/redis.sock',
  'redis://a.test,http://b.test',
  'redis://a.test/1,redis://b.test/1',
  'redis://a.test,rediss://b.test',
  'redis://:secret@a.test,redis://:other@b.test',
])('refuses %s, and repeats no password', (url) => {
  expect(() => readRedisPlace(url)).toThrow(/cluster/i)
  expect(() => readRedisPlace(url)).not.toThrow(/secret|other/)
})
