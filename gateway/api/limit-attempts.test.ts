import { createHash, randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ChallengeSchema } from '../../shared/api/entries.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import type { Challenge } from '../room/proof-of-work.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const RIGHT = 'the right password'

let gateway: TestGateway

/** An origin that knows every address, with one password. */
const origin: RequestListener = (request, response) => {
  void json(request).then((body) => {
    const { password, email } = body as { password?: string; email?: string }
    const isLetter = request.url === '/api/password-resets'
    const status = isLetter ? 202 : password === RIGHT ? 201 : 401
    if (status === 401) {
      response.writeHead(status, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ title: 'Refused', status, code: 'sign-in-failed' }))
      return
    }
    response.writeHead(status, { 'content-type': 'application/json' })
    const proven = email?.startsWith('unproven-') === false
    response.end(JSON.stringify({ account: { id: 'fan', proven } }))
  })
}

beforeAll(async () => {
  const limits = { networkMax: 40, pairMax: 4, subjectMax: 20, windowSeconds: 900 }
  gateway = await openTestGateway(redis(), origin, keys, {
    attempts: { 'sign-in': limits, email: { ...limits, subjectMax: 6 } },
    bodyBytesMax: 16_384,
  })
})

afterAll(() => gateway.close())

type Sent = { status: number; body: Record<string, unknown>; cookie: string | undefined }

async function send(path: string, from: string, body: object, cookie?: string): Promise<Sent> {
  const headers = { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) }
  const response = await gateway.app.request(
    path,
    { method: 'POST', headers, body: JSON.stringify(body) },
    { incoming: { socket: { remoteAddress: from }, headers: {} } },
  )
  const kept = response.headers.getSetCookie().find((line) => line.startsWith('__Host-naru-device='))
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    cookie: kept?.split(';')[0],
  }
}

const signIn = (
  email: string,
  from: string,
  password: string,
  more: { proof?: object; cookie?: string } = {},
) => send('/api/sessions', from, { email, password, ...(more.proof && { proof: more.proof }) }, more.cookie)

/** By hand and synchronously, which is faster than the library for this many. */
function solve(sent: unknown): { challenge: Challenge; solution: object } {
  const challenge = ChallengeSchema.parse(sent)
  const { salt, nonce, keyPrefix, data } = challenge.parameters
  const input = Buffer.from(`${salt}${nonce}00000000`, 'hex')
  for (let counter = 0; counter < data.hashesMax; counter += 1) {
    input.writeUInt32BE(counter, input.length - 4)
    const derivedKey = createHash('sha256').update(input).digest('hex')
    if (derivedKey.startsWith(keyPrefix)) return { challenge, solution: { counter, derivedKey } }
  }
  throw new Error('the challenge has no solution')
}

/** An IPv6 network that no other test uses, and addresses in ten /64 of it or far from it. */
function networks() {
  const group = () => Math.floor(Math.random() * 65_536).toString(16)
  const prefix = `2001:db8:${group()}`
  return {
    near: (n: number) => `${prefix}:${(n % 10).toString(16)}::1`,
    far: (n: number) => `2001:db9:${group()}:${(n * 256).toString(16)}::1`,
    home: `${prefix}:ff00::1`,
  }
}

it('M1: counts ten /64 of one subscriber as one network', async () => {
  const email = `${randomUUID()}@naru.test`
  const { near } = networks()
  const tried = await Promise.all(Array.from({ length: 40 }, (_, n) => signIn(email, near(n), 'wrong')))
  expect(tried.filter(({ status }) => status === 401)).toHaveLength(4)
})

it('M1: admits the owner from a known device, however many wrong passwords others have tried', async () => {
  const email = `${randomUUID()}@naru.test`
  const { far, home } = networks()
  const before = await signIn(email, home, RIGHT)
  expect(before.status).toBe(201)
  const tried = await Promise.all(Array.from({ length: 100 }, (_, n) => signIn(email, far(n), 'wrong')))
  expect(tried.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(80)
  expect((await signIn(email, far(101), RIGHT)).status).toBe(429)
  expect((await signIn(email, far(102), RIGHT, { cookie: before.cookie ?? '' })).status).toBe(201)
  // The cookie is valid for this account alone, and for no more wrong passwords than one network may try.
  const other = `${randomUUID()}@naru.test`
  const guesses = Array.from({ length: 30 }, () =>
    signIn(other, home, 'wrong', { cookie: before.cookie ?? '' }),
  )
  expect((await Promise.all(guesses)).filter(({ status }) => status === 401)).toHaveLength(4)
})

it('M1: allows no more guesses at an account after signing in to one with a similar address', async () => {
  const name = randomUUID().replaceAll('-', '')
  const { home } = networks()
  const own = await signIn(`${name.slice(0, 1)}.${name.slice(1)}@naru.test`, home, RIGHT)
  expect(own.status).toBe(201)
  const guesses = Array.from({ length: 30 }, () =>
    signIn(`${name}@naru.test`, home, 'wrong', { cookie: own.cookie ?? '' }),
  )
  // The similar address has used up one of the network's four.
  expect((await Promise.all(guesses)).filter(({ status }) => status === 401)).toHaveLength(3)
})

it('M1: allows no more guesses at an address after signing in to an unproven account of it, which anyone can have', async () => {
  const email = `unproven-${randomUUID()}@naru.test`
  const { home } = networks()
  for (const path of ['/api/accounts', '/api/sessions']) {
    const begun = await send(path, home, { email, password: RIGHT })
    expect(begun).toMatchObject({ status: 201, cookie: undefined })
  }
})

it('M1: admits the owner from an unknown device with a solved challenge, once', async () => {
  const email = `${randomUUID()}@naru.test`
  const { far, home } = networks()
  await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(email, far(n), 'wrong')))
  const refused = await signIn(email, home, RIGHT)
  expect(refused).toMatchObject({ status: 429, body: { code: 'too-many' } })
  const proof = solve(refused.body['challenge'])
  const stranger = `${randomUUID()}@naru.test`
  await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(stranger, far(n), 'wrong')))
  expect((await signIn(stranger, home, RIGHT, { proof })).status).toBe(429)
  expect(
    (await signIn(email, home, RIGHT, { proof: { ...proof, solution: { counter: 1, derivedKey: '0' } } }))
      .status,
  ).toBe(429)
  expect((await signIn(email, home, RIGHT, { proof })).status).toBe(201)
  expect((await signIn(email, home, RIGHT, { proof })).status).toBe(429)
})

it('M1: sends a password reset for a solved challenge, after others have used up the limits of the account', async () => {
  const email = `${randomUUID()}@naru.test`
  const { far, home } = networks()
  const reset = (from: string, proof?: object) =>
    send('/api/password-resets', from, { email, ...(proof && { proof }) })
  await Promise.all(Array.from({ length: 10 }, (_, n) => reset(far(n))))
  const refused = await reset(home)
  expect(refused.status).toBe(429)
  const proof = solve(refused.body['challenge'])
  expect((await signIn(email, home, 'wrong', { proof })).status).toBe(401)
  expect((await reset(home, proof)).status).toBe(202)
  expect((await reset(home, proof)).status).toBe(429)
})

it('M1: shows the challenge on the page of the refused form, with the form as it was filled in', async () => {
  const email = `${randomUUID()}@naru.test`
  const { far, home } = networks()
  await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(email, far(n), 'wrong')))
  const post = async (proof = '') => {
    const form = new URLSearchParams({ email, password: RIGHT, next: '/me', proof })
    const response = await gateway.app.request(
      '/sign-in',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'accept-language': 'en' },
        body: form.toString(),
      },
      { incoming: { socket: { remoteAddress: home }, headers: {} } },
    )
    return { status: response.status, html: await response.text() }
  }
  const { status, html } = await post()
  expect(status).toBe(422)
  expect(html).toContain(`value="${email}"`)
  const challenge = /data-challenge="([^"]*)"/.exec(html)?.[1]?.replaceAll('&quot;', '"') ?? ''
  const proof = JSON.stringify(solve(JSON.parse(challenge)))
  expect((await post(proof)).status).toBe(303)
  const again = await post('not JSON')
  expect(again.html).toContain('data-challenge=')
})
