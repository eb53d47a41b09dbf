import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { type PrivateRedisOptions, type PrivateStore, redisAnswers, startRedis } from './redis.ts'
import { isGone, moduleUrl, runProgram, temporaryFolder } from './testing.ts'

const { env } = process

async function start(options: Partial<PrivateRedisOptions> = {}): Promise<PrivateStore> {
  const store = await startRedis({ env, ...options })
  onTestFinished(() => store.stop())
  return store
}

function connect(url: string): Redis {
  const redis = new Redis(url)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

it('answers on a socket that only this user can reach, and on no port', async () => {
  const { url } = await start()
  const redis = connect(url)
  expect(await redis.config('GET', 'port')).toEqual(['port', '0'])
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(statSync(dirname(url)).mode & 0o077).toBe(0)
  expect(statSync(url).mode & 0o077).toBe(0)
})

it('finds what was written again when it starts on the same data', async () => {
  const folder = temporaryFolder()
  const place = { dataDirectory: join(folder, 'redis'), logFile: join(folder, 'redis.log') }
  const first = await start(place)
  await connect(first.url).set('song', 'Arirang')
  await first.stop()
  const second = await start(place)
  expect(await connect(second.url).get('song')).toBe('Arirang')
})

it('leaves nothing behind when it is stopped', async () => {
  const store = await start()
  expect(readdirSync(dirname(store.url))).toContain('redis.sock')
  await store.stop()
  expect(existsSync(dirname(store.url))).toBe(false)
  await expect(redisAnswers(store.url)).rejects.toThrow()
})

it('is gone soon after the process that started it was killed', async () => {
  const starter = runProgram(`
    import { startRedis } from ${moduleUrl('./redis.ts', import.meta.url)}
    const store = await startRedis({ env: process.env })
    console.log(store.pid)
  `)
  const pid = Number(await starter.line())
  starter.child.kill('SIGKILL')
  expect(await isGone(pid)).toBe(true)
})
