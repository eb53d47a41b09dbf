import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'
import { type AssetFile, buildAssets } from '../../gateway/web/assets/build-assets.ts'
import { compress, ENCODINGS, type Encoding } from '../../gateway/web/assets/compress.ts'
import { fontFiles } from '../../shared/pdf/fonts.ts'
import { FILES, NATIVE_PACKAGES, PROGRAMS } from './layout.ts'
import { licencesOf } from './licences.ts'
import { moduleUrls, RELEASE_ROOT_BANNER } from './module-urls.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** For packages of CommonJS, which call it for modules of Node. */
const REQUIRE_BANNER =
  "import { createRequire as createNaruRequire } from 'node:module'; const require = createNaruRequire(import.meta.url);"

export type BundleOptions = {
  /** An empty folder. */
  folder: string
  /** What the programs answer when they are asked for their version. */
  version: string
}

/**
 * Writes everything that the programs run from into a folder, except Node and native packages: bundles with source
 * maps, Lua scripts, migrations, fonts and the pages' static files.
 */
export async function writeBundles({ folder, version }: BundleOptions): Promise<void> {
  // It stops esbuild, which the bundles need again.
  const assets = await buildAssets()
  await Promise.all([
    bundle(folder, version),
    writeAssets(assets, join(folder, FILES['gateway/web/assets/built'])),
    copy('shared/redis/lua', folder),
    copy('drizzle/migrations', folder),
    copyFonts(join(folder, FILES['node_modules/@expo-google-fonts'])),
  ])
}

async function bundle(folder: string, version: string): Promise<void> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(PROGRAMS).map(([source, place]) => ({
      in: source,
      out: place.replace(/\.mjs$/, ''),
    })),
    // Paths in source maps are the same wherever the bundles go.
    outdir: join(ROOT, 'release'),
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    external: [...NATIVE_PACKAGES],
    define: { NARU_VERSION: JSON.stringify(version) },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    banner: { js: REQUIRE_BANNER + RELEASE_ROOT_BANNER },
    plugins: [moduleUrls(ROOT)],
    logLevel: 'error',
  })
  await stop()
  await writeFile(join(folder, 'licences.txt'), licencesOf(Object.keys(metafile.inputs), ROOT))
  for (const { path, contents } of outputFiles) {
    const file = join(folder, relative(join(ROOT, 'release'), path))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, contents)
  }
}

/** Every static file in every encoding, so that no host compresses one. */
async function writeAssets(files: readonly AssetFile[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const encodings = Object.entries(ENCODINGS) as [Encoding, string][]
  await Promise.all(
    files.flatMap(({ name, plain }) =>
      encodings.map(async ([encoding, ending]) =>
        writeFile(join(folder, name + ending), await compress(plain, encoding)),
      ),
    ),
  )
}

/** The fonts that are used, and their licences. */
async function copyFonts(to: string): Promise<void> {
  const families = new Set(fontFiles().map((file) => file.split('/')[0] ?? ''))
  const licences = [...families].map((family) => `${family}/LICENSE_FONT`)
  for (const file of [...fontFiles(), ...licences]) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await cp(join(ROOT, 'node_modules/@expo-google-fonts', file), join(to, file))
  }
}

/** Copies a file or folder to its place in the release. */
export async function copy(source: keyof typeof FILES, folder: string): Promise<void> {
  const to = join(folder, FILES[source])
  await mkdir(dirname(to), { recursive: true })
  await cp(join(ROOT, source), to, { recursive: true })
}
