import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildAssets } from './assets.ts'

const assets = await buildAssets()

describe('the static files', () => {
  it.each(['main.css', 'icon.svg', 'room.js', 'times.js'])(
    'include %s under a name that changes with its content',
    async (name) => {
      const url = assets.url(name)
      expect(url).toMatch(new RegExp(`^/assets/${name.replace('.', '\\.[A-Z0-9]{8}\\.')}$`))
      const asset = assets.find(url.replace('/assets/', ''))
      expect(asset?.plain.length).toBeGreaterThan(100)
      expect(brotliDecompressSync((await asset?.brotli()) ?? '')).toEqual(Buffer.from(asset?.plain ?? []))
      expect(gunzipSync((await asset?.gzip()) ?? '')).toEqual(Buffer.from(asset?.plain ?? []))
    },
  )

  it('are compressed once, however many requests arrive at the same time', async () => {
    const asset = assets.find(assets.url('main.css').replace('/assets/', ''))
    const [first, second] = await Promise.all([asset?.brotli(), asset?.brotli()])
    expect(first?.length).toBeGreaterThan(100)
    expect(second).toBe(first)
    expect(await asset?.brotli()).toBe(first)
  })

  it('are the same on every host that has the same sources', async () => {
    expect((await buildAssets()).url('room.js')).toBe(assets.url('room.js'))
  })

  it('include no other files', () => {
    expect(assets.find('main.css')).toBeUndefined()
    expect(() => assets.url('nothing.js')).toThrow('nothing.js')
  })
})
