import { randomBytes } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { imageName } from '../../shared/catalogue.ts'
import { testFestival } from '../../shared/testing/catalogue.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const published: string[] = []
/** The origin's response to an image request by name; unknown names are missing. */
const answers = new Map<string, (response: ServerResponse) => void>()
const asked: string[] = []
/** Whether the requesting account may see the image, according to the origin. */
let meAnswer: (response: ServerResponse) => void
let gateway: TestGateway

const origin: RequestListener = (request, response) => {
  if (request.url?.startsWith('/api/admin/images/') === true) {
    meAnswer(response)
    return
  }
  const [, name] = /^\/api\/images\/(.+)$/.exec(request.url ?? '') ?? []
  if (name === undefined) {
    response.writeHead(200).end(JSON.stringify({ festivals: published.map(festivalWith) }))
    return
  }
  asked.push(name)
  const answer = answers.get(name)
  if (answer === undefined) response.writeHead(404).end()
  else answer(response)
}

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

const festivalWith = (image: string) => testFestival(image.slice(0, 20), { image })

/** The name of an image that belongs to a festival known to the gateway. */
async function publish(): Promise<string> {
  const image = randomBytes(32).toString('hex')
  published.push(image)
  await gateway.festivals.refresh()
  return imageName(image, 960)
}

const give = (content: string) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'image/webp' }).end(content)
}
const unavailable = (response: ServerResponse) => {
  response.writeHead(503, { 'retry-after': '2' }).end('the bucket is unavailable')
}
const read = (name: string, headers: Record<string, string> = {}) =>
  Promise.resolve(gateway.app.request(`/images/${name}`, { headers }))
const timesAsked = (name: string) => asked.filter((each) => each === name).length

it("requests a festival's image from the origin once for all visitors, and lets browsers cache it", async () => {
  const name = await publish()
  answers.set(name, give('an image'))
  const responses = await Promise.all(Array.from({ length: 20 }, () => read(name)))
  responses.push(await read(name))
  for (const response of responses) {
    expect(await response.text()).toBe('an image')
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  }
  expect(timesAsked(name)).toBe(1)
})

it('reports that an image is unavailable, caches nothing of that, and serves it as soon as it is back', async () => {
  const name = await publish()
  answers.set(name, unavailable)
  const response = await read(name)
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.text()).not.toContain('bucket')
  answers.set(name, give('an image'))
  expect(await (await read(name)).text()).toBe('an image')
})

it('continues to serve a cached image while the origin no longer has it', async () => {
  const name = await publish()
  answers.set(name, give('an image'))
  await read(name)
  answers.set(name, unavailable)
  expect(await (await read(name)).text()).toBe('an image')
})

it('requests a missing image again', async () => {
  const name = await publish()
  expect((await read(name)).status).toBe(404)
  answers.set(name, give('an image'))
  expect((await read(name)).status).toBe(200)
})

it('M6: serves the images of drafts only to current members of the team, whose browsers do not cache them', async () => {
  const name = imageName(randomBytes(32).toString('hex'), 480)
  answers.set(name, give('a draft'))
  const as = (...roles: Role[]) => {
    return { cookie: `__Host-naru-session=${keys.sessionOf('me', { roles })}` }
  }
  expect((await read(name)).status).toBe(404)
  meAnswer = (response) => response.writeHead(403).end(JSON.stringify({ code: 'forbidden' }))
  expect((await read(name, as('fan'))).status).toBe(404)
  // A previous member, or an organiser of other festivals.
  meAnswer = (response) => response.writeHead(404).end(JSON.stringify({ code: 'not-found' }))
  expect((await read(name, as('organiser'))).status).toBe(404)
  meAnswer = (response) => response.writeHead(401).end(JSON.stringify({ code: 'token-invalid' }))
  expect((await read(name, as('organiser'))).status).toBe(404)
  meAnswer = (response) => response.writeHead(503).end(JSON.stringify({ code: 'unavailable' }))
  expect((await read(name, as('organiser'))).status).toBe(503)
  expect(timesAsked(name)).toBe(0)
  meAnswer = (response) => response.writeHead(204).end()
  const response = await read(name, as('organiser'))
  expect(await response.text()).toBe('a draft')
  expect(response.headers.get('cache-control')).toBe('private, no-store')
})
