import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openAssets, readAssets } from './assets.ts'

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

describe('the static files of a release', () => {
  function releasesIn(): { add: (release: string, file: string, content: string) => URL } {
    const releases = mkdtempSync(join(tmpdir(), 'naru-assets-'))
    onTestFinished(() => rmSync(releases, { recursive: true }))
    return {
      add(release, file, content) {
        const folder = join(releases, release, 'assets')
        mkdirSync(folder, { recursive: true })
        for (const ending of ['', '.br', '.gz']) writeFileSync(join(folder, file + ending), content + ending)
        return pathToFileURL(`${folder}/`)
      },
    }
  }

  it('are read in the encoding that is asked for, under their own names', async () => {
    const assets = readAssets(releasesIn().add('1', 'room.AAAAAAAA.js', 'room'))
    expect(assets.url('room.js')).toBe('/assets/room.AAAAAAAA.js')
    const room = assets.find('room.AAAAAAAA.js')
    expect(Buffer.from((await room?.read('gzip')) ?? []).toString()).toBe('room.gz')
    expect(Buffer.from((await room?.read('identity')) ?? []).toString()).toBe('room')
    expect(assets.find('room.AAAAAAAA.js.br')).toBeUndefined()
  })

  it('include those of the releases before and after, for pages that these have answered', async () => {
    const releases = releasesIn()
    releases.add('1', 'room.AAAAAAAA.js', 'old')
    let time = 0
    const assets = readAssets(releases.add('2', 'room.BBBBBBBB.js', 'own'), () => time)
    const old = await assets.find('room.AAAAAAAA.js')?.read('identity')
    expect(Buffer.from(old ?? []).toString()).toBe('old')
    releases.add('3', 'room.CCCCCCCC.js', 'new')
    expect(assets.find('room.CCCCCCCC.js')).toBeUndefined()
    time = 1000
    expect(assets.find('room.CCCCCCCC.js')).toBeDefined()
    expect(assets.url('room.js')).toBe('/assets/room.BBBBBBBB.js')
  })
})
