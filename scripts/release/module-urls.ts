import { readFile } from 'node:fs/promises'
import { dirname, posix, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { NATIVE_PACKAGES, releasePath } from './layout.ts'

/** The root of the release, in every bundle: each lies in a folder of the root. */
const RELEASE_ROOT = 'NARU_RELEASE_ROOT'
export const RELEASE_ROOT_BANNER = `const ${RELEASE_ROOT} = new URL('..', import.meta.url);`

const MODULE_URL = /new URL\(\s*'([^']+)',\s*import\.meta\.url,?\s*\)/g

/** In a bundle, the dynamic import of a package of CommonJS has none of the names that it has from source. */
const PACKAGE_IMPORT = /\bimport\(\s*'((?!\.|node:)[^']+)'/g
const UNBUNDLED: ReadonlySet<string> = new Set(NATIVE_PACKAGES)

/**
 * Lets modules find their files by their own URL in a release as they do from source, where a bundle lies elsewhere than
 * its modules: `new URL('./lua/', import.meta.url)` becomes the folder's place in the release.
 */
export function moduleUrls(root: string): Plugin {
  return {
    name: 'module-urls',
    setup(build) {
      // From source only: a release has the assets built.
      build.onResolve({ filter: /\/build-assets\.ts$/ }, ({ path }) => ({ path, external: true }))
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = relative(root, path)
        if (source.startsWith('..') || source.includes('node_modules')) return undefined
        const code = await readFile(path, 'utf8')
        return { contents: inRelease(code, source), loader: 'ts' }
      })
    },
  }
}

/** @param source - the module's path from the root of the checkout */
export function inRelease(code: string, source: string): string {
  const changed = code.replace(MODULE_URL, (_, url: string) => {
    const path = posix.join(dirname(source), url)
    const place = releasePath(path)
    if (place === undefined)
      throw new Error(`${source} names ${path}, which scripts/release/layout.ts does not`)
    return `new URL('${place}', ${RELEASE_ROOT})`
  })
  const imported = [...code.matchAll(PACKAGE_IMPORT)].map(([, name = '']) => name)
  const packageName = imported.find((name) => !UNBUNDLED.has(name))
  if (packageName !== undefined)
    throw new Error(`${source} imports ${packageName} dynamically: do it statically in a module of its own`)
  if (/import\.meta\b/.test(changed))
    throw new Error(`${source} uses import.meta for more than new URL('…', import.meta.url)`)
  return changed
}
