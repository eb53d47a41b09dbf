import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { compress, ENCODINGS, type Encoding } from './compress.ts'

export type Asset = {
  type: string
  /** The content in an encoding: read or compressed at the first call, and cached. */
  read(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>>
}

/** The static files of the pages, under names that change with their content. */
export type Assets = {
  /** The URL of a file; throws for an unknown one. */
  url(name: string): string
  /** The content of a hashed name. */
  find(hashedName: string): Asset | undefined
}

export const ASSETS_PATH = '/assets/'
/** A release has the files here, each in every encoding. */
const BUILT = new URL('./built/', import.meta.url)
const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  ico: 'image/x-icon',
  png: 'image/png',
}

/** The files that a release was built with; from source they are built now. */
export async function openAssets(): Promise<Assets> {
  return existsSync(BUILT) ? readAssets(BUILT) : makeAssets()
}

/** Files that were built ahead. */
function readAssets(folder: URL): Assets {
  const compressed = [ENCODINGS.br, ENCODINGS.gzip]
  const names = readdirSync(folder).filter((name) => !compressed.some((ending) => name.endsWith(ending)))
  return assetsOf(
    names.map((name) => ({
      name,
      read: async (encoding) => new Uint8Array(await readFile(new URL(name + ENCODINGS[encoding], folder))),
    })),
  )
}

async function makeAssets(): Promise<Assets> {
  const { buildAssets } = await import('./build-assets.ts')
  const files = await buildAssets()
  return assetsOf(files.map(({ name, plain }) => ({ name, read: (encoding) => compress(plain, encoding) })))
}

function assetsOf(sources: readonly { name: string; read: Asset['read'] }[]): Assets {
  const files = new Map<string, Asset>()
  const hashed = new Map<string, string>()
  for (const { name, read } of sources) {
    const [base, , ending = ''] = name.split('.')
    hashed.set(`${base}.${ending}`, name)
    files.set(name, { type: TYPES[ending] ?? 'application/octet-stream', read: oncePerEncoding(read) })
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

/** Concurrent and later calls share the first one's result; a failed one is repeated. */
function oncePerEncoding(read: Asset['read']): Asset['read'] {
  const reads = new Map<Encoding, ReturnType<Asset['read']>>()
  return (encoding) => {
    const known = reads.get(encoding)
    if (known !== undefined) return known
    const reading = read(encoding)
    reads.set(encoding, reading)
    reading.catch(() => reads.delete(encoding))
    return reading
  }
}
