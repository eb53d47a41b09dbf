import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { images as imageRows } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createTestOrganiser } from '../testing/organiser.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { createFolderStore } from './folder-store.ts'
import type { ImageStore } from './image-store.ts'
import { IMAGE_GRACE_MS, noteImage, removeOrphanedImages } from './orphaned-images.ts'

const { redis } = useRedis()
const { db } = useDatabase()
let folder: string
let images: ImageStore
let organiser: Awaited<ReturnType<typeof createTestOrganiser>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'naru-images-'))
  images = createFolderStore(folder)
  organiser = await createTestOrganiser({ db: db(), redis: redis() }, { images })
})
afterAll(() => rm(folder, { recursive: true }))

const inDays = (days: number) => () => Date.now() + days * 86_400_000
const removeIn = (days: number) => removeOrphanedImages({ db: db(), images, now: inDays(days) })

/** An image of one colour; the same colour is the same image. */
async function imageOf(red: number) {
  // Similar colours would become the same image.
  const background = { r: red * 50, g: 10, b: 10 }
  const bytes = await sharp({ create: { width: 640, height: 360, channels: 3, background } })
    .png()
    .toBuffer()
  return { type: 'image/png', bytes: new Uint8Array(bytes) }
}

/** Gives a festival an image. Returns its ID. */
async function give(festival: string, red: number): Promise<string> {
  expect((await organiser.call('PUT', `/${festival}/image`, { image: await imageOf(red) })).status).toBe(204)
  return String((await organiser.call('GET', `/${festival}`)).body['image'])
}

const filesOf = async (image: string) => (await readdir(folder)).filter((name) => name.startsWith(image))

describe('an image (M11)', () => {
  it('is deleted a day after the last festival that used it uses another', async () => {
    const { id } = await makeTestFestival({ db: db() })
    const previous = await give(id, 1)
    const current = await give(id, 2)
    expect(await removeIn(0)).toBe(0)
    expect(await filesOf(previous)).toHaveLength(3)
    expect(await removeIn(1.01)).toBe(1)
    expect(await filesOf(previous)).toEqual([])
    expect(await filesOf(current)).toHaveLength(3)
    expect((await organiser.call('DELETE', `/${id}/image`)).status).toBe(204)
    expect(await removeIn(1.01)).toBe(1)
    expect(await filesOf(current)).toEqual([])
  })

  it('stays as long as any festival uses it', async () => {
    const [one, other] = [await makeTestFestival({ db: db() }), await makeTestFestival({ db: db() })]
    const image = await give(one.id, 3)
    expect(await give(other.id, 3)).toBe(image)
    await organiser.call('DELETE', `/${one.id}/image`)
    expect(await removeIn(300)).toBe(0)
    expect(await filesOf(image)).toHaveLength(3)
  })

  it('can be used again after it was deleted', async () => {
    const { id } = await makeTestFestival({ db: db() })
    const image = await give(id, 4)
    await organiser.call('DELETE', `/${id}/image`)
    expect(await removeIn(2)).toBe(1)
    expect(await give(id, 4)).toBe(image)
    expect(await filesOf(image)).toHaveLength(3)
    await organiser.call('DELETE', `/${id}/image`)
    expect(await removeIn(2)).toBe(1)
  })

  it('is stored after its deletion when it is stored again while it is being deleted', async () => {
    const { id } = await makeTestFestival({ db: db() })
    const image = await give(id, 5)
    await organiser.call('DELETE', `/${id}/image`)
    let given: Promise<string> | undefined
    const slow: Pick<ImageStore, 'remove'> = {
      async remove(name) {
        given ??= give(id, 5)
        await images.remove(name)
      },
    }
    expect(await removeOrphanedImages({ db: db(), images: slow, now: inDays(2) })).toBe(1)
    expect(await given).toBe(image)
    expect(await filesOf(image)).toHaveLength(3)
    expect(await db().select().from(imageRows).where(eq(imageRows.id, image))).toHaveLength(1)
  })

  it('stays when the store cannot delete it, and is deleted in a later turn', async () => {
    const image = 'f'.repeat(64)
    await noteImage(db(), image, new Date(Date.now() - 2 * IMAGE_GRACE_MS))
    const broken = { remove: () => Promise.reject(new Error('unavailable')) }
    await expect(removeOrphanedImages({ db: db(), images: broken, now: Date.now })).rejects.toThrow()
    expect(await removeIn(0)).toBe(1)
  })
})
