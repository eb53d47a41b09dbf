import { randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { imageName } from '../../shared/catalogue.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { type FakeS3, startFakeS3 } from '../testing/fake-s3/fake-s3.ts'
import { createTestOrganiser, testFestival } from '../testing/organiser.ts'
import { ImagesUnavailable } from './image-store.ts'
import { createS3Store, type S3StoreOptions } from './s3-store.ts'

const { redis } = useRedis()
const { db } = useDatabase()
let s3: FakeS3
const closing: (() => void)[] = []

beforeEach(async () => {
  s3 = await startFakeS3()
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3.credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.credentials.secretAccessKey)
})

afterEach(async () => {
  for (const close of closing.splice(0)) close()
  vi.unstubAllEnvs()
  await s3.close()
})

/** A store whose attempts each have a second, unless a test sets another limit. */
function open(options: Partial<S3StoreOptions> = {}) {
  const { bucket, region, url: endpoint } = s3
  const limits = { timeoutMs: 3000, retriesMax: 2 }
  const { images, close } = createS3Store({ bucket, prefix: '', region, endpoint, ...limits, ...options })
  closing.push(close)
  return images
}

const anyName = () => imageName(randomBytes(32).toString('hex'), 480)

async function failureOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ImagesUnavailable)
  return error instanceof Error ? error.message : ''
}

describe('an image in a bucket', () => {
  it('is stored under its prefix, to be cached permanently by browsers', async () => {
    const name = anyName()
    await open({ prefix: 'shop/images/' }).put(name, Buffer.from('an image'))
    expect([...s3.objects]).toEqual([
      [
        `shop/images/${name}`,
        {
          content: Buffer.from('an image'),
          contentType: 'image/webp',
          cacheControl: 'public, max-age=31536000, immutable',
        },
      ],
    ])
  })

  it.each([500, 503, 'stall', 'cut'] as const)('is requested again after %s', async (fault) => {
    const name = anyName()
    const images = open()
    const content = randomBytes(200_000)
    await images.put(name, content)
    s3.faults.push(fault)
    expect(await images.get(name)).toEqual(new Uint8Array(content))
    expect(s3.seen.filter((seen) => seen.startsWith('GET'))).toHaveLength(2)
  })

  it('is not waited for beyond the time limit when it stops half-way', async () => {
    const name = anyName()
    const images = open({ timeoutMs: 500 })
    await images.put(name, randomBytes(200_000))
    s3.faults.push('stall-half-way')
    expect(await failureOf(images.get(name))).toContain('timeout')
    // The connection is not reused either, since the next request would wait for it.
    expect((await images.get(name))?.length).toBe(200_000)
  })

  it.each([500, 503, 409, 'stall'] as const)('is sent again after %s', async (fault) => {
    const name = anyName()
    s3.faults.push(fault)
    await open().put(name, Buffer.from('an image'))
    expect(s3.objects.get(name)?.content).toEqual(Buffer.from('an image'))
    expect(s3.seen).toHaveLength(2)
  })

  it.each([500, 409, 'stall'] as const)(
    'is sent no more often than configured when all attempts end in %s',
    async (fault) => {
      s3.faults.push(...Array.from({ length: 9 }, () => fault))
      await failureOf(open({ timeoutMs: 1000, retriesMax: 1 }).put(anyName(), Buffer.from('an image')))
      expect(s3.seen).toHaveLength(2)
    },
  )

  it('is not reported as missing when reading it is forbidden', async () => {
    s3.faults.push(403)
    expect(await failureOf(open().get(anyName()))).toBe(
      'The bucket naru-images did not give an image: 403 AccessDenied: Refused',
    )
    expect(s3.seen).toHaveLength(1)
  })

  it('is not reported as missing when its bucket is', async () => {
    expect(await failureOf(open({ bucket: 'another-bucket' }).get(anyName()))).toContain('404 NoSuchBucket')
  })

  it('is limited to the size of its pixels', async () => {
    s3.faults.push('flood')
    expect(await failureOf(open().get(anyName()))).toContain('larger than 5760000 bytes')
    expect(s3.seen).toHaveLength(1)
  })

  it('is neither returned nor stored when the store is unreachable', async () => {
    const images = open({ endpoint: 'http://127.0.0.1:1', retriesMax: 0 })
    expect(await failureOf(images.get(anyName()))).toContain('ECONNREFUSED')
    expect(await failureOf(images.put(anyName(), randomBytes(10)))).toContain('ECONNREFUSED')
  })

  it('is requested with a signature by the secret, which is never sent', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another secret')
    const name = anyName()
    const message = await failureOf(open().put(name, Buffer.from('an image')))
    expect(message).toContain('403 SignatureDoesNotMatch')
    expect(message).not.toMatch(/secret|AKIA/)
    expect(s3.objects.size).toBe(0)
  })
})

describe("a festival's image in a bucket", () => {
  async function organise() {
    const organiser = await createTestOrganiser({ db: db(), redis: redis() }, { images: open() })
    const id = `test-${uuidv7()}`
    await organiser.call('POST', '', { body: testFestival(id) })
    await organiser.call('POST', `/${id}/publish`)
    const seconds = Math.floor(Date.now() / 1000)
    const service = { aud: AUDIENCES.service, sub: 'gateway', iat: seconds, exp: seconds + 60 }
    const authorization = `Bearer ${organiser.tokens.signService(service)}`
    const source = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#0b6374' } })
      .jpeg()
      .toBuffer()
    const image = { type: 'image/jpeg', bytes: new Uint8Array(source) }
    return {
      set: () => organiser.call('PUT', `/${id}/image`, { image }),
      image: async () => (await organiser.call('GET', `/${id}`)).body['image'],
      read: (name: string) =>
        Promise.resolve(organiser.app.request(`/api/images/${name}`, { headers: { authorization } })),
    }
  }

  it('is sent from the organiser through to the gateway', async () => {
    const { set, image, read } = await organise()
    expect((await set()).status).toBe(204)
    const shown = await image()
    expect([...s3.objects.keys()].toSorted()).toEqual(
      [480, 960, 1600].map((width) => `${shown}-${width}.webp`).toSorted(),
    )
    const response = await read(`${shown}-960.webp`)
    expect(response.status).toBe(200)
    const content = Buffer.from(await response.arrayBuffer())
    expect(content).toEqual(s3.objects.get(`${shown}-960.webp`)?.content)
    expect((await sharp(content).metadata()).width).toBe(960)
  })

  it('is rejected temporarily, without naming the bucket, while that is unavailable; no festival refers to it', async () => {
    const { set, image, read } = await organise()
    await s3.close()
    const refused = await set()
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable', retryAfterSeconds: 2 } })
    expect(JSON.stringify(refused.body)).not.toMatch(/bucket|naru-images|127\.0\.0\.1|ECONN/i)
    expect(await image()).toBeNull()

    const response = await read(anyName())
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.text()).not.toMatch(/bucket|naru-images|127\.0\.0\.1|ECONN/i)
  })
})
