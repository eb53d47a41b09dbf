import { globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

export type AssetFile = { name: string; plain: Uint8Array<ArrayBuffer> }

const FOLDER = fileURLToPath(new URL('..', import.meta.url))
/**
 * The oldest browsers that the scripts support, those of spring 2022; in older ones pages work without scripts. Syntax
 * is lowered for them here, and scripts/tests/config/browser-support.test.ts checks that they have every API that the
 * scripts call.
 */
export const BROWSER_TARGETS = ['chrome93', 'firefox98', 'safari15.4']
/** Reads QR codes at the gate where the browser cannot; served by us, so that no other host is contacted. */
const DECODER = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')

/** The modules that pages load, each bundled with its imports. */
export function browserModules(): string[] {
  return globSync('*/browser/*.ts', { cwd: FOLDER })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .map((file) => FOLDER + file)
}

/**
 * Bundles the style sheets, the icons and each module in a `browser` folder with esbuild, under names that change with
 * their content.
 */
export async function buildAssets(): Promise<AssetFile[]> {
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
  return outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    plain: new Uint8Array(contents),
  }))
}
