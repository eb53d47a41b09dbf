import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { limitPerKey } from '../../shared/runtime/per-key-limit.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { countTurns } from '../../shared/testing/turns.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { createTestOrganiser, testFestival } from '../testing/organiser.ts'
import { makeTestAccounts } from '../testing/origin.ts'
import { createFolderStore } from './folder-store.ts'
import { makeImage } from './make-image.ts'
import { setImage } from './set-image.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const limits = { pixelsMax: 4_000_000, secondsMax: 20 }
let folder: string
let organiser: Awaited<ReturnType<typeof createTestOrganiser>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'naru-images-'))
  organiser = await createTestOrganiser({ db: db(), redis: redis() }, { images: createFolderStore(folder) })
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const bytes = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)
const plain = (width = 800, height = 600) =>
  sharp({ create: { width, height, channels: 3, background: '#0b6374' } })

/** A PNG that declares a huge size and has almost no content. */
async function bomb(): Promise<Buffer> {
  const png = await plain(500, 300).png().toBuffer()
  png.writeUInt32BE(60_000, 16)
  png.writeUInt32BE(60_000, 20)
  return png
}

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><rect width="800" height="600"/></svg>`

describe('an image', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'is created from %s in each width, as WebP',
    async (format) => {
      const made = await makeImage(await plain().toFormat(format).toBuffer(), limits)
      if (made.status !== 'made') throw new Error(made.status)
      const found = await Promise.all(made.files.map(({ content }) => sharp(content).metadata()))
      expect(found.map(({ format: kind, width, height }) => [kind, width, height])).toEqual([
        ['webp', 480, 270],
        ['webp', 960, 540],
        ['webp', 1600, 900],
      ])
      expect(made.files[0]?.name).toBe(`${made.image}-480.webp`)
    },
  )

  it('is rotated as its camera was held, and contains no other metadata of the file', async () => {
    // Red above blue, as displayed; the camera was held sideways.
    const halves = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#ff0000' } })
      .composite([
        {
          input: { create: { width: 600, height: 400, channels: 3, background: '#0000ff' } },
          top: 400,
          left: 0,
        },
      ])
      .png()
      .toBuffer()
    const source = await sharp(halves)
      .rotate(-90)
      .withExif({ IFD0: { Copyright: 'somebody' }, IFD3: { GPSLatitude: '37/1 33/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const made = await makeImage(source, limits)
    if (made.status !== 'made') throw new Error(made.status)
    const content = made.files[0]?.content ?? Buffer.alloc(0)
    const { exif, icc, xmp, orientation } = await sharp(content).metadata()
    expect([exif, icc, xmp, orientation]).toEqual([undefined, undefined, undefined, undefined])
    const pixels = await sharp(content).raw().toBuffer()
    const colourAt = (left: number, top: number) => {
      const at = 3 * (top * 480 + left)
      return (pixels[at] ?? 0) > (pixels[at + 2] ?? 0) ? 'red' : 'blue'
    }
    // With the wrong rotation, each row would be red on one side and blue on the other.
    const rows = [5, 60, 200, 265].map((top) => [colourAt(5, top), colourAt(474, top)])
    for (const [left, right] of rows) expect(left).toBe(right)
  })

  it('is the first frame of an animation', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#0000ff'].map((background) =>
        sharp({ create: { width: 480, height: 270, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    )
    const source = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer()
    const made = await makeImage(source, limits)
    if (made.status !== 'made') throw new Error(made.status)
    const { pages } = await sharp(made.files[0]?.content).metadata()
    expect(pages ?? 1).toBe(1)
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['an SVG', async () => Buffer.from(SVG), 'type'],
    ['a GIF', () => plain().gif().toBuffer(), 'type'],
    ['a page', async () => Buffer.from('<!doctype html><script>alert(1)</script>'), 'type'],
    ['nothing', async () => Buffer.alloc(0), 'type'],
    ['an SVG that says it is a PNG', async () => Buffer.from(`\x89PNG\r\n\x1a\n${SVG}`, 'latin1'), 'damaged'],
    ['half a JPEG', async () => (await noise().jpeg().toBuffer()).subarray(0, 20_000), 'damaged'],
    ['half a PNG', async () => (await noise().png().toBuffer()).subarray(0, 20_000), 'damaged'],
    ['a bomb', bomb, 'too-many-pixels'],
    ['too many pixels', () => plain(2500, 2000).png().toBuffer(), 'too-many-pixels'],
    ['a stamp', () => plain(479, 400).png().toBuffer(), 'too-small'],
  ])('is not created from %s', async (_, source, error) => {
    expect(await makeImage(await source(), limits)).toEqual({ status: 'refused', error })
  })
})

describe('H2: reading an image', () => {
  it('yields to the event loop, and is rejected as too slow at its time limit', async () => {
    const source = await noise().png().toBuffer()
    const counting = countTurns()
    expect(await makeImage(source, { ...limits, secondsMax: 0 })).toEqual({
      status: 'refused',
      error: 'too-slow',
    })
    expect(await counting.stop()).toBeGreaterThan(10)
  })

  it('stops once its client has disconnected, and never starts for one that disconnected in the queue', async () => {
    const signal = AbortSignal.abort()
    expect(await makeImage(await plain().png().toBuffer(), { ...limits, signal })).toEqual({
      status: 'abandoned',
    })
    const { set, folderBefore } = await setting()
    expect(await set({ signal })).toEqual({ status: 'abandoned' })
    expect(await readdir(folder)).toEqual(folderBefore)
  })

  it('runs for two images of one organiser at a time, and concurrently for those of another', async () => {
    const gate = Promise.withResolvers<void>()
    const [first = '', second = ''] = await makeTestAccounts(db(), 2)
    const { set } = await setting(gate.promise)
    const mine = [set({ account: first }), set({ account: first })]
    const other = set({ account: second })
    await expect.poll(() => waiting).toBe(3)
    expect(await set({ account: first })).toEqual({ status: 'limited' })
    gate.resolve()
    expect((await Promise.all([...mine, other])).map(({ status }) => status)).toEqual(['set', 'set', 'set'])
  })

  /** Images that waited for `gate` in the queue. */
  let waiting = 0

  async function setting(gate: Promise<void> = Promise.resolve()) {
    waiting = 0
    const festival = `test-${uuidv7()}`
    await organiser.call('POST', '', { body: testFestival(festival) })
    const source = await plain().jpeg().toBuffer()
    const deps = {
      ...{ db: db(), now: Date.now, catalogue: organiser.catalogue, images: createFolderStore(folder) },
      imagesQueue: async <T>(work: () => Promise<T>) => {
        waiting += 1
        await gate
        return { status: 'ran', value: await work() } as const
      },
      imagesPerAccount: limitPerKey<string>(2),
      ...limits,
    }
    const set = (more: { account?: string; signal?: AbortSignal }) =>
      setImage(deps, { festival, account: uuidv7(), source, ...more })
    return { set, folderBefore: await readdir(folder) }
  }
})

/** Incompressible content, so that half of a file is half of the image. */
function noise() {
  return sharp({
    create: {
      width: 800,
      height: 600,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
}

describe("a festival's image", () => {
  const service = () => {
    const seconds = Math.floor(Date.now() / 1000)
    return organiser.tokens.signService({
      aud: AUDIENCES.service,
      sub: 'gateway',
      iat: seconds,
      exp: seconds + 60,
    })
  }
  const read = (name: string, token = service()) =>
    organiser.app.request(`/api/images/${name}`, { headers: { authorization: `Bearer ${token}` } })

  it('is stored, shown to fans with the festival, and removed', async () => {
    const id = `test-${uuidv7()}`
    await organiser.call('POST', '', { body: testFestival(id) })
    await organiser.call('POST', `/${id}/publish`)
    const sent = { type: 'image/jpeg', bytes: bytes(await plain().jpeg().toBuffer()) }
    expect((await organiser.call('PUT', `/${id}/image`, { image: sent })).status).toBe(204)
    const shown = organiser.catalogue.current().find(({ festival }) => festival.id === id)
    const image = shown?.festival.image
    expect(image).toMatch(/^[0-9a-f]{64}$/)
    for (const width of [480, 960, 1600]) {
      const response = await read(`${image}-${width}.webp`)
      expect(response.headers.get('content-type')).toBe('image/webp')
      expect((await sharp(bytes(new Uint8Array(await response.arrayBuffer()))).metadata()).width).toBe(width)
    }
    expect((await read(`${image}-480.webp`, organiser.sessionOf('organiser'))).status).toBe(403)
    expect((await organiser.call('DELETE', `/${id}/image`)).status).toBe(204)
    expect((await organiser.call('GET', `/${id}`)).body).toMatchObject({ image: null })
  })

  it('is rejected with a reason, without a trace', async () => {
    const id = `test-${uuidv7()}`
    await organiser.call('POST', '', { body: testFestival(id) })
    const before = await readdir(folder)
    const image = { type: 'image/png', bytes: bytes(Buffer.from(SVG)) }
    expect(await organiser.call('PUT', `/${id}/image`, { image })).toMatchObject({
      status: 422,
      body: { code: 'image-invalid', reason: 'type' },
    })
    const large = { type: 'image/png', bytes: new Uint8Array(1_000_001) }
    expect((await organiser.call('PUT', `/${id}/image`, { image: large })).status).toBe(413)
    expect((await organiser.call('PUT', '/no-such/image', { image })).status).toBe(404)
    expect(await readdir(folder)).toEqual(before)
  })

  it.each(['..%2f..%2fetc%2fpasswd', 'a.webp', `${'0'.repeat(64)}-1.webp`, `${'0'.repeat(64)}-480.webp`])(
    'is not found under %s',
    async (name) => {
      await writeFile(join(folder, 'a.webp'), 'no image')
      expect((await read(name)).status).toBe(404)
      await rm(join(folder, 'a.webp'))
    },
  )
})
