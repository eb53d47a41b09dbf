import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../drizzle/testing/database.ts'
import { type Listening, listen } from '../shared/http/listen.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { type RawAnswer, rawRequest, sendRaw } from '../shared/testing/raw-connection.ts'
import { grantTestPasses, useRedis } from '../shared/testing/redis.ts'
import { createOriginApp } from './app.ts'
import { createCatalogueCopy } from './catalogue/catalogue.ts'
import { makeTestTokens, testOriginDeps } from './testing/app.ts'
import { makeTestFestival, type TestFestival } from './testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const { lifetime, service } = tokens
const BODY_BYTES_MAX = 16_384
let festival: TestFestival
let server: Listening
let pass: string

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  festival = await makeTestFestival({ db: db(), redis: redis() })
  await catalogue.refresh()
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens)
  const limits = { ...deps.limits, bodyBytesMax: BODY_BYTES_MAX }
  server = await listen(createOriginApp({ ...deps, limits }), {
    hostname: '127.0.0.1',
    port: 0,
    connectionsMax: 100,
  })
  const account = randomUUID()
  const [jti = ''] = await grantTestPasses(redis(), festival.id, [account])
  pass = tokens.signPass({ aud: festival.id, sub: account, jti, ...lifetime })
})

afterAll(async () => {
  await server.close()
})

const hold = (body: string) =>
  sendRaw(
    server.port,
    rawRequest('PUT', `/api/rooms/${festival.id}/hold`, {
      headers: { Authorization: `Bearer ${pass}` },
      body,
    }),
  )
const signUp = (more: object | string) => {
  const fan = { email: `${randomUUID()}@naru.test`, password: 'a long password', name: 'Fan' }
  const body = typeof more === 'string' ? more : JSON.stringify({ ...fan, ...more })
  return sendRaw(
    server.port,
    rawRequest('POST', '/api/accounts', { headers: { Authorization: `Bearer ${service}` }, body }),
  )
}

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.body)).toMatchObject({ status, code })
  expect(answer.body).not.toMatch(/select|insert|ER_|mysql|redis|zod|node:|\.ts\b|\n\s+at /i)
}

describe('the origin', () => {
  const line = (more: string) => `{"basket":[{"type":1,"quantity":1${more}}]}`

  it.each([
    ['brackets without end', '['.repeat(10_000), 400],
    ['10,000 brackets', `${'['.repeat(8000)}${']'.repeat(8000)}`, 400],
    ['10,000 brackets in their place', `{"basket":${'['.repeat(8000)}${']'.repeat(8000)}}`, 400],
    ['thousands of objects', `${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}`, 400],
    ['a list', '[]', 422],
    ['a text', '"basket"', 422],
    ['a number', '1', 422],
    ['nothing', 'null', 422],
    ['an object for a list', '{"basket":{"0":{"type":1,"quantity":1}}}', 422],
    ['a list for an object', '{"basket":[[1,1]]}', 422],
    ['__proto__', line(',"__proto__":{"quantity":100}'), 422],
    ['constructor', line(',"constructor":{"prototype":{"quantity":100}}'), 422],
    ['a million lines, nearly', `{"basket":[${'{},'.repeat(5000)}{}]}`, 422],
    ['half of JSON', '{"basket":', 400],
    ['two documents', `${line('')}${line('')}`, 400],
    ['a comment', `${line('')}//`, 400],
    ['a number that is none', '{"basket":[{"type":1,"quantity":NaN}]}', 400],
  ])('rejects %s', async (_, body, status) => {
    expectProblem(await hold(body), status, status === 400 ? 'bad-request' : 'invalid-input')
  })

  it.each([
    '1e400',
    '-1e400',
    '-0',
    '-1',
    '0.1',
    '1e-400',
    '9007199254740993',
    '99999999999999999999',
    '"1"',
    '[1]',
    'true',
  ])('rejects %s as a ticket type and as a quantity', async (number) => {
    expectProblem(await hold(`{"basket":[{"type":${number},"quantity":1}]}`), 422, 'invalid-input')
    expectProblem(await hold(`{"basket":[{"type":1,"quantity":${number}}]}`), 422, 'invalid-input')
  })

  it.each<[string, object, number]>([
    ['a NUL in a name', { name: 'a\0b' }, 400],
    ['a NUL in a password', { password: 'a long password\0b' }, 400],
    ['half a character', { name: 'a\ud800b' }, 400],
    ['half a character in a password', { password: 'a long password\ud800' }, 400],
    ['bytes that are no UTF-8', { name: '\ufffd' }, 400],
    ['an escape sequence', { name: '\u001b[2J' }, 400],
    ['a name that is too long', { name: '가'.repeat(101) }, 422],
    ['nothing but spaces', { name: ' \u00a0\u3000' }, 422],
    ['a list for an address', { email: ['a@naru.test'] }, 422],
    ['an object for an address', { email: { $gt: '' } }, 422],
    ['a line end in an address', { email: 'a@naru.test\r\nBcc: b@naru.test' }, 422],
    ['a password of 15 kB', { password: 'a'.repeat(15_000) }, 422],
    ['a role', { roles: ['organiser'] }, 422],
  ])('rejects a sign-up with %s', async (_, more, status) => {
    expectProblem(await signUp(more), status, status === 400 ? 'bad-request' : 'invalid-input')
  })

  it('rejects a body above its limit, announced or not', async () => {
    expectProblem(await signUp({ name: 'a'.repeat(BODY_BYTES_MAX) }), 413, 'body-too-large')
    const head = rawRequest('POST', '/api/accounts', {
      headers: {
        Authorization: `Bearer ${service}`,
        'Content-Type': 'application/json',
        'Transfer-Encoding': 'chunked',
      },
    })
    const endless = `1000\r\n${'['.repeat(0x1000)}\r\n`.repeat(5)
    expectProblem(await sendRaw(server.port, head + endless), 413, 'body-too-large')
  })

  it('accepts names of every script, and still holds for legitimate fans afterwards', async () => {
    for (const name of ['나루', "O'Brien; drop table accounts", '😀'.repeat(25), '<b>']) {
      expect((await signUp({ name })).status).toBe(201)
    }
    const [type = 0] = festival.types
    expect(await hold(`{"basket":[{"type":${type},"quantity":1}]}`)).toMatchObject({ status: 200 })
  })
})
