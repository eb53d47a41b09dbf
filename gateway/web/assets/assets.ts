import { existsSync, globSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../../../shared/runtime/clock.ts'
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

type AssetSource = { name: string; read: Asset['read'] }

export const ASSETS_PATH = '/assets/'
/** How often the releases beside this one are looked at, if requests ask for files that it does not have. */
const OTHERS_EVERY_MS = 1000
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

/**
 * Files that were built ahead. While one release replaces another, either answers requests of the other's pages: a file
 * that this one does not have is looked for in the releases beside it.
 */
export function readAssets(folder: URL, now: Clock = Date.now): Assets {
  const own = assetsOf(filesIn(folder))
  let others: Assets | undefined
  let othersReadAt = Number.NEGATIVE_INFINITY
  return {
    url: own.url,
    find(name) {
      const found = own.find(name) ?? others?.find(name)
      if (found !== undefined || now() - othersReadAt < OTHERS_EVERY_MS) return found
      othersReadAt = now()
      const folders = globSync('*/assets/', { cwd: new URL('../../', folder) })
      others = assetsOf(folders.flatMap((path) => filesIn(new URL(`../../${path}/`, folder))))
      return others.find(name)
    },
  }
}

function filesIn(folder: URL): AssetSource[] {
  const compressed = [ENCODINGS.br, ENCODINGS.gzip]
  const names = readdirSync(folder).filter((name) => !compressed.some((ending) => name.endsWith(ending)))
  return names.map((name) => ({
    name,
    read: async (encoding) => new Uint8Array(await readFile(new URL(name + ENCODINGS[encoding], folder))),
  }))
}

async function makeAssets(): Promise<Assets> {
  const { buildAssets } = await import('./build-assets.ts')
  const files = await buildAssets()
  return assetsOf(files.map(({ name, plain }) => ({ name, read: (encoding) => compress(plain, encoding) })))
}

function assetsOf(sources: readonly AssetSource[]): Assets {
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
