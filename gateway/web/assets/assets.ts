import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build, stop } from 'esbuild'

export type Asset = {
  type: string
  plain: Uint8Array<ArrayBuffer>
  /** Compressed at the first call, in another thread, and cached. */
  gzip(): Promise<Uint8Array<ArrayBuffer>>
  brotli(): Promise<Uint8Array<ArrayBuffer>>
}

/** The static files of the pages, in memory, under names that change with their content. */
export type Assets = {
  /** The URL of a file; throws for an unknown one. */
  url(name: string): string
  /** The content of a hashed name. */
  find(hashedName: string): Asset | undefined
}

export const ASSETS_PATH = '/assets/'
const FOLDER = fileURLToPath(new URL('..', import.meta.url))
/**
 * The oldest browsers that the scripts support, those of spring 2022; in older ones pages work without scripts. Syntax
 * is lowered for them here, and scripts/tests/config/browser-support.test.ts checks that they have every API that the
 * scripts call.
 */
export const BROWSER_TARGETS = ['chrome93', 'firefox98', 'safari15.4']
/** Reads QR codes at the gate where the browser cannot; served by us, so that no other host is contacted. */
const DECODER = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))
/** Above this size brotli's highest level takes seconds to save a tenth. */
const BEST_BYTES_MAX = 262_144
const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  ico: 'image/x-icon',
  png: 'image/png',
}

/** The modules that pages load, each bundled with its imports. */
export function browserModules(): string[] {
  return globSync('*/browser/*.ts', { cwd: FOLDER })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .map((file) => FOLDER + file)
}

/**
 * Bundles the style sheets, the icons and each module in a `browser` folder with esbuild, once, at the start. Each is
 * compressed when it is first requested: compressing all of them would be half of the start-up work.
 */
export async function buildAssets(): Promise<Assets> {
  const { outputFiles } = await build({
    entryPoints: [
      `${FOLDER}styles/main.css`,
      `${FOLDER}styles/live.css`,
      `${FOLDER}styles/icon.svg`,
      `${FOLDER}styles/favicon.ico`,
      `${FOLDER}styles/apple-touch-icon.png`,
      `${FOLDER}styles/manifest.webmanifest`,
      ...browserModules(),
      DECODER,
    ],
    outdir: '/',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2021', ...BROWSER_TARGETS],
    charset: 'utf8',
    legalComments: 'none',
    loader: { '.svg': 'copy', '.ico': 'copy', '.png': 'copy', '.webmanifest': 'copy', '.wasm': 'copy' },
    entryNames: '[name].[hash]',
    assetNames: '[name].[hash]',
    logLevel: 'silent',
  })
  // The esbuild process is no longer needed.
  await stop()
  const files = new Map<string, Asset>()
  const hashed = new Map<string, string>()
  for (const { path, contents } of outputFiles) {
    const name = path.split('/').at(-1) ?? ''
    const [base, , ending = ''] = name.split('.')
    hashed.set(`${base}.${ending}`, name)
    files.set(name, compressed(new Uint8Array(contents), TYPES[ending] ?? 'application/octet-stream'))
  }
  return {
    url(name) {
      const found = hashed.get(name)
      if (found === undefined) throw new Error(`There is no static file ${name}`)
      return ASSETS_PATH + found
    },
    find: (name) => files.get(name),
  }
}

function compressed(plain: Uint8Array<ArrayBuffer>, type: string): Asset {
  const quality = plain.length > BEST_BYTES_MAX ? 9 : constants.BROTLI_MAX_QUALITY
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    [constants.BROTLI_PARAM_QUALITY]: quality,
  }
  return {
    type,
    plain,
    gzip: once(async () => new Uint8Array(await promisify(gzip)(plain, { level: 9 }))),
    brotli: once(async () => new Uint8Array(await promisify(brotliCompress)(plain, { params }))),
  }
}

/** Creates a value at the first call; concurrent and later calls share it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
