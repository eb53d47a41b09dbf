import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openAssets } from './assets.ts'

const assets = await openAssets()

describe('the static files', () => {
  it.each(['main.css', 'icon.svg', 'room.js', 'times.js'])(
    'include %s under a name that changes with its content',
    async (name) => {
      const url = assets.url(name)
      expect(url).toMatch(new RegExp(`^/assets/${name.replace('.', '\\.[A-Z0-9]{8}\\.')}$`))
      const asset = assets.find(url.replace('/assets/', ''))
      const plain = Buffer.from((await asset?.read('identity')) ?? [])
      expect(plain.length).toBeGreaterThan(100)
      expect(brotliDecompressSync((await asset?.read('br')) ?? '')).toEqual(plain)
      expect(gunzipSync((await asset?.read('gzip')) ?? '')).toEqual(plain)
    },
  )

  it('are compressed once, however many requests arrive at the same time', async () => {
    const asset = assets.find(assets.url('main.css').replace('/assets/', ''))
    const [first, second] = await Promise.all([asset?.read('br'), asset?.read('br')])
    expect(first?.length).toBeGreaterThan(100)
    expect(second).toBe(first)
    expect(await asset?.read('br')).toBe(first)
  })

  it('are the same on every host that has the same sources', async () => {
    expect((await openAssets()).url('room.js')).toBe(assets.url('room.js'))
  })

  it('include no other files', () => {
    expect(assets.find('main.css')).toBeUndefined()
    expect(() => assets.url('nothing.js')).toThrow('nothing.js')
  })
})
