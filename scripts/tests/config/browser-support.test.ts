import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { BROWSER_TARGETS, browserModules } from '../../../gateway/web/assets/build-assets.ts'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { findUnsupported } from './browser-support.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** APIs that are feature-detected, or are older than MDN's data state; pages work where they are missing. */
const ALLOWED = [
  'Navigator.vibrate', // called with `?.`: an extra to the sound, which Safari never had
  'WakeLock.request', // looked for before it is used: a screen that goes dark is as it ever was
  'WakeLockSentinel.release', // of a lock that was given
  'MediaDevices.enumerateDevices', // where it fails, the error of the camera alone says what is wrong
  'HTMLMediaElement.srcObject', // of a camera's stream since Chrome 52; the data tell of other sources
]

describe('the browser targets of the scripts', () => {
  it('have every browser and language feature that the scripts use', async () => {
    const { metafile } = await build({
      ...{ entryPoints: browserModules(), bundle: true, format: 'esm', metafile: true },
      ...{ outdir: '/', write: false, absWorkingDir: ROOT, logLevel: 'silent' },
    })
    // Packages detect features themselves.
    const files = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules'))
    expect(files).toContain('gateway/web/fan/browser/room.ts')
    const found = findUnsupported({
      config: join(ROOT, 'gateway/web/browser.tsconfig.json'),
      files: files.filter((path) => path.endsWith('.ts')).map((path) => join(ROOT, path)),
      targets: BROWSER_TARGETS,
    })
    expect(found.filter(({ feature }) => !ALLOWED.includes(feature))).toEqual([])
    expect(found.map(({ feature }) => feature).toSorted()).toEqual(ALLOWED.toSorted())
  })
})

describe('the search for unsupported features', () => {
  function findIn(source: string, targets: readonly string[]) {
    const folder = temporaryFolder()
    const [config, file] = [join(folder, 'tsconfig.json'), join(folder, 'source.ts')]
    const compilerOptions = { lib: ['esnext', 'dom'], types: [], strict: true, noEmit: true }
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['.'] }))
    writeFileSync(file, source)
    const found = findUnsupported({ config, files: [file], targets })
    return found.map(({ feature, missingIn }) => `${feature}: ${missingIn.join(', ')}`)
  }

  it.each([
    ['const dialog = document.querySelector("dialog")\ndialog?.showModal()', 'HTMLDialogElement.showModal'],
    ['[1].at(-1)', 'Array.at'],
    ['const some: readonly number[] = [1]\nsome.at(-1)', 'Array.at'],
    ['Object.hasOwn({}, "a")', 'Object.hasOwn'],
    ['new BroadcastChannel("a")', 'BroadcastChannel'],
    ['const { hasOwn } = Object\nhasOwn({}, "a")', 'Object.hasOwn'],
  ])('finds what Safari 14.1 lacks in %s', (source, feature) => {
    expect(findIn(source, ['safari14.1'])).toContain(`${feature}: safari, safari_ios`)
    expect(findIn(source, ['chrome93', 'firefox98', 'safari15.4'])).toEqual([])
  })

  it('ignores types and our own fields with the names of browser features', () => {
    const source = `type Row = { at: number; showModal: () => void; hasOwn: boolean }
const channel = (row: Row, other?: BroadcastChannel) => [row.at, row.hasOwn, row.showModal, other]
channel({ at: 1, showModal: () => {}, hasOwn: true })`
    expect(findIn(source, ['safari14.1'])).toEqual([])
  })

  it('names each browser that lacks it', () => {
    expect(findIn('structuredClone(1)', ['chrome97', 'firefox93', 'safari15.4'])).toEqual([
      'structuredClone: chrome, chrome_android, edge, firefox, firefox_android',
    ])
  })
})
