import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../stores/testing.ts'
import { type Running, writeRunning } from './running.ts'

const STATE: Running = {
  pid: 1,
  gatewayUrl: 'http://127.0.0.1:8080',
  originUrl: 'http://127.0.0.1:8081',
  providerUrl: 'http://127.0.0.1:8082',
  redisUrl: '/tmp/redis.sock',
  databaseUrl: 'mysql://root@localhost/naru?socketPath=%2Ftmp%2Fmariadb.sock',
  originPid: 2,
  gatewayPid: 3,
  sandboxPid: 4,
}

it('tells other commands of this user, and of no other, what is running', () => {
  const file = join(temporaryFolder(), 'running.json')
  writeRunning(file, { ...STATE, originPid: 9 })
  writeRunning(file, STATE)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(STATE)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})
