import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { imageName } from '../../shared/catalogue.ts'
import { startFakeS3 } from '../testing/fake-s3/fake-s3.ts'
import { chooseImageStore } from './choose-image-store.ts'
import type { ImageStore } from './image-store.ts'

/** An empty store, and the names of everything stored in it. */
type Opened = { images: ImageStore; stored: () => Promise<string[]>; close: () => Promise<void> }

const COMMON = { timeoutMs: 10_000, retriesMax: 2 }

async function openFolder(): Promise<Opened> {
  const parent = await mkdtemp(join(tmpdir(), 'naru-images-'))
  const folder = join(parent, 'made', 'when', 'needed')
  const { images, close } = await chooseImageStore({ way: 'folder', folder }, COMMON)
  return {
    images,
    stored: () => readdir(folder),
    async close() {
      close()
      await rm(parent, { recursive: true })
    },
  }
}

async function openBucket(): Promise<Opened> {
  const s3 = await startFakeS3()
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3.credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.credentials.secretAccessKey)
  const { bucket, region, url: endpoint } = s3
  const { images, close } = await chooseImageStore(
    { way: 's3', bucket, prefix: 'shop/', region, endpoint },
    COMMON,
  )
  return {
    images,
    stored: async () => [...s3.objects.keys()].map((key) => key.replace('shop/', '')),
    async close() {
      vi.unstubAllEnvs()
      close()
      await s3.close()
    },
  }
}

const anyName = () => imageName(randomBytes(32).toString('hex'), 960)

describe.each([
  ['a folder', openFolder],
  ['a bucket', openBucket],
])('images in %s', (_, open) => {
  let store: Opened
  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  it('are deleted, and deleting a missing one is no error', async () => {
    const [name, other] = [anyName(), anyName()]
    for (const each of [name, other]) await store.images.put(each, new Uint8Array([1, 2, 3]))
    await store.images.remove(name)
    await store.images.remove(name)
    expect(await store.images.get(name)).toBeUndefined()
    expect(await store.stored()).toEqual([other])
    await expect(store.images.remove('../secret')).rejects.toThrow()
  })

  it('are returned byte by byte', async () => {
    const name = anyName()
    const content = randomBytes(300_000)
    await store.images.put(name, content)
    expect(await store.images.get(name)).toEqual(new Uint8Array(content))
  })

  it('are missing under an unknown name', async () => {
    expect(await store.images.get(anyName())).toBeUndefined()
    await store.images.put(anyName(), randomBytes(10))
    expect(await store.images.get(anyName())).toBeUndefined()
  })

  it('stay unchanged, whatever is stored under their name later', async () => {
    const name = anyName()
    await store.images.put(name, Buffer.from('first'))
    await store.images.put(name, Buffer.from('second'))
    expect(await store.images.get(name)).toEqual(new Uint8Array(Buffer.from('first')))
  })

  it('may be stored concurrently under one name, of which one is stored completely', async () => {
    const name = anyName()
    const content = randomBytes(100_000)
    await Promise.all(Array.from({ length: 8 }, () => store.images.put(name, content)))
    expect(await store.stored()).toEqual([name])
    expect(await store.images.get(name)).toEqual(new Uint8Array(content))
  })

  it.each(['../../etc/passwd', 'a.webp', `${'0'.repeat(64)}-1.webp`, `x/${'0'.repeat(64)}-480.webp`, ''])(
    'are neither stored nor read under %j',
    async (name) => {
      await store.images.put(anyName(), randomBytes(10))
      const before = await store.stored()
      await expect(store.images.put(name, randomBytes(10))).rejects.toThrow("no image's name")
      await expect(store.images.get(name)).rejects.toThrow("no image's name")
      expect(await store.stored()).toEqual(before)
    },
  )
})
