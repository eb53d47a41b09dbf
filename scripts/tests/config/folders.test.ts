import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'

const ROOT = join(import.meta.dirname, '../../..')
const SOURCES = '{gateway,origin,shared,drizzle,scripts}/**/*.ts'
/** Tests and their helpers may import anything. */
const OF_TESTS = /\.test\.ts$|(^|\/)testing(\/|\.ts$)|^scripts\/tests\//

/**
 * From the lowest layer, which all may import, to the highest. A folder belongs to the layer that names it, or its
 * nearest parent.
 */
const LAYERS = {
  gateway: [
    ['gateway/origin-client'],
    ['gateway/catalogue', 'gateway/room', 'gateway/beacon'],
    ['gateway/edge', 'gateway/rate-limits'],
    ['gateway/api'],
    ['gateway/web'],
    ['gateway', 'gateway/cluster'],
  ],
  origin: [['origin/**'], ['origin/routes'], ['origin']],
} as const

type Import = { from: string; to: string }
/** The folders that each folder imports from, with the imports. */
type Graph = Map<string, Map<string, Import[]>>

let imports: Import[]
let graph: Graph

beforeAll(() => {
  const files = globSync(SOURCES, { cwd: ROOT }).filter((path) => !OF_TESTS.test(path))
  const known = new Set(files)
  imports = files.flatMap((from) =>
    specifiersIn(readFileSync(join(ROOT, from), 'utf8'))
      .map((specifier) => ({ from, to: normalize(join(dirname(from), specifier)) }))
      .filter(({ to }) => known.has(to)),
  )
  graph = graphOf(imports)
})

/** The files that a source imports or re-exports from, types included. */
function specifiersIn(source: string): string[] {
  const tree: unknown = parseAst(source, { lang: 'ts' })
  return [...nodesOf(tree)].flatMap((node) => {
    const { type, source: from } = node as { type?: string; source?: { value?: unknown } | null }
    const isImport = type !== undefined && /^(Import|Export)(All|Named)?(Declaration|Expression)$/.test(type)
    const value = isImport ? from?.value : undefined
    return typeof value === 'string' && value.startsWith('.') ? [value] : []
  })
}

function* nodesOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Record<string, unknown>
  for (const part of Object.values(value)) yield* nodesOf(part)
}

function graphOf(all: readonly Import[]): Graph {
  const folders: Graph = new Map()
  for (const each of all) {
    const [from, to] = [dirname(each.from), dirname(each.to)]
    if (from === to) continue
    const targets = folders.get(from) ?? new Map<string, Import[]>()
    targets.set(to, [...(targets.get(to) ?? []), each])
    folders.set(from, targets)
  }
  return folders
}

/** The shortest cycle from a folder back to itself, as its imports; undefined when there is none. */
function cycleThrough(folder: string, folders: Graph): Import[] | undefined {
  const seen = new Set<string>()
  const ways: Import[][] = firstImportsOf(folder, folders).map((each) => [each])
  for (const way of ways) {
    const at = dirname(way.at(-1)?.to ?? '')
    if (at === folder) return way
    if (seen.has(at)) continue
    seen.add(at)
    ways.push(...firstImportsOf(at, folders).map((each) => [...way, each]))
  }
  return undefined
}

/** One import for each imported folder. */
function firstImportsOf(folder: string, folders: Graph): Import[] {
  return [...(folders.get(folder)?.values() ?? [])].flatMap((all) => all.slice(0, 1))
}

/** One cycle for each set of folders, in words. */
function cyclesIn(folders: Graph): string[] {
  const found = new Map<string, string>()
  for (const folder of folders.keys()) {
    const cycle = cycleThrough(folder, folders)
    if (cycle === undefined) continue
    const key = [...new Set(cycle.map(({ from }) => dirname(from)))].toSorted().join(' ')
    if (!found.has(key)) found.set(key, cycle.map(({ from, to }) => `${from} imports ${to}`).join(', '))
  }
  return [...found.values()]
}

function layerOf(path: string, layers: readonly (readonly string[])[]): number | undefined {
  const folder = dirname(path)
  const fits = layers.flatMap((names, layer) =>
    names.flatMap((name) => {
      const base = name.replace(/\/\*\*$/, '')
      const isIn = folder === base ? base === name : folder.startsWith(`${base}/`)
      return isIn ? [{ layer, length: base.length }] : []
    }),
  )
  return fits.toSorted((a, b) => b.length - a.length || a.layer - b.layer)[0]?.layer
}

/** Imports of a lower layer from a higher one. */
function upwardImports(all: readonly Import[], layers: readonly (readonly string[])[]): string[] {
  return all.flatMap(({ from, to }) => {
    const [below, above] = [layerOf(from, layers), layerOf(to, layers)]
    return below !== undefined && above !== undefined && below < above ? [`${from} imports ${to}`] : []
  })
}

describe('the folders of the sources', () => {
  it('do not import each other in a cycle', () => {
    expect(imports.length).toBeGreaterThan(2000)
    expect(cyclesIn(graph)).toEqual([])
  })

  it.each(Object.entries(LAYERS))(
    'of the %s import only from their own layer and those below',
    (_, layers) => {
      const used = new Set(imports.map(({ from }) => layerOf(from, layers)))
      expect(layers.flatMap((names, layer) => (used.has(layer) ? [] : names))).toEqual([])
      expect(upwardImports(imports, layers)).toEqual([])
    },
  )
})

describe('the search for cycles', () => {
  const importsOf = (...pairs: [from: string, to: string][]) => pairs.map(([from, to]) => ({ from, to }))

  it('names the imports of a cycle through three folders once', () => {
    const all = importsOf(
      ['a/1.ts', 'b/1.ts'],
      ['b/2.ts', 'c/1.ts'],
      ['c/2.ts', 'a/2.ts'],
      ['d/1.ts', 'a/1.ts'],
    )
    expect(cyclesIn(graphOf(all))).toEqual([
      'a/1.ts imports b/1.ts, b/2.ts imports c/1.ts, c/2.ts imports a/2.ts',
    ])
  })

  it('finds no cycle where files of one folder import each other', () => {
    expect(cyclesIn(graphOf(importsOf(['a/1.ts', 'a/2.ts'], ['a/2.ts', 'a/1.ts'])))).toEqual([])
  })

  it('reads imports of values and types, re-exports and imports at run time', () => {
    const source = `import { a } from './a.ts'
import type { B } from '../b.ts'
export { c } from './c.ts'
export * from './d.ts'
const e = await import('./e.ts')
import 'f'`
    expect(specifiersIn(source).toSorted()).toEqual(['../b.ts', './a.ts', './c.ts', './d.ts', './e.ts'])
  })

  it('names an import from a higher layer, whichever folder of the layer it is in', () => {
    const layers = [['o/**'], ['o/routes'], ['o']]
    const all = importsOf(
      ['o/holds/hold.ts', 'o/routes/admin/rooms.ts'],
      ['o/routes/holds.ts', 'o/app.ts'],
      ['o/app.ts', 'o/routes/holds.ts'],
      ['o/routes/holds.ts', 'o/holds/hold.ts'],
    )
    expect(upwardImports(all, layers)).toEqual([
      'o/holds/hold.ts imports o/routes/admin/rooms.ts',
      'o/routes/holds.ts imports o/app.ts',
    ])
  })
})
