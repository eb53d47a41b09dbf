import { createRequire } from 'node:module'
import type { Node, ObjectBindingPattern } from 'typescript/unstable/ast'
import {
  isIdentifier,
  isObjectBindingPattern,
  isTypeAliasDeclaration,
  isTypeNode,
} from 'typescript/unstable/ast/is'
import { API, type Checker, type Symbol as NamedSymbol } from 'typescript/unstable/sync'

/** The oldest versions that a page must work in, in esbuild's notation: `chrome93`, `safari15.4`. */
export type Targets = readonly string[]

/** A feature that sources use, and the targets that lack it. */
export type Unsupported = { feature: string; files: string[]; missingIn: string[] }

/** Browsers in MDN's data for each name of a target; mobile ones have the version numbers of their desktop's. */
const BROWSERS: Partial<Record<string, readonly string[]>> = {
  chrome: ['chrome', 'chrome_android', 'edge'],
  firefox: ['firefox', 'firefox_android'],
  safari: ['safari', 'safari_ios'],
}
/** TypeScript's own declarations of browsers and of the language. */
const LIBRARY = /\/lib\.[\w.]+\.d\.ts$/

/**
 * Finds what sources use of browsers and of the language that a target does not have, by MDN's data. The compiler says
 * what each name is, so that a field of our own is not taken for a browser's. esbuild lowers the language's syntax for
 * its targets, but adds nothing that they lack.
 *
 * @param options.config - the tsconfig.json that the sources belong to
 * @param options.files - absolute paths of those that reach browsers
 */
export function findUnsupported(options: {
  config: string
  files: readonly string[]
  targets: Targets
}): Unsupported[] {
  const api = new API()
  try {
    const snapshot = api.updateSnapshot({ openProjects: [options.config] })
    const project = snapshot.getProject(options.config)
    if (project === undefined) throw new Error(`${options.config} is no project of TypeScript`)
    const used = new Map<string, { symbol: NamedSymbol; files: Set<string> }>()
    for (const file of options.files) {
      const source = project.program.getSourceFile(file)
      if (source === undefined) throw new Error(`${file} is not in ${options.config}`)
      for (const symbol of symbolsIn(project.checker, source)) {
        if (!isOfLibrary(symbol)) continue
        const feature = featureOf(symbol)
        const known = used.get(feature) ?? { symbol, files: new Set() }
        used.set(feature, { ...known, files: known.files.add(file) })
      }
    }
    return [...used].flatMap(([feature, { symbol, files }]) => {
      const missingIn = missingTargets(symbol, options.targets)
      return missingIn.length === 0 ? [] : [{ feature, files: [...files].toSorted(), missingIn }]
    })
  } finally {
    api.close()
  }
}

/** The names in a source, without types, which are removed at run time. */
function symbolsIn(checker: Checker, root: Node): NamedSymbol[] {
  const names: Node[] = []
  const taken: (NamedSymbol | undefined)[] = []
  function visit(node: Node): void {
    if (isTypeNode(node) || isTypeAliasDeclaration(node)) return
    if (isIdentifier(node)) names.push(node)
    if (isObjectBindingPattern(node)) taken.push(...propertiesTaken(checker, node))
    node.forEachChild(visit)
  }
  visit(root)
  return [...checker.getSymbolAtLocation(names), ...taken].filter((symbol) => symbol !== undefined)
}

/** `const { serviceWorker } = navigator` names a variable of ours, by a property of the browser's. */
function propertiesTaken(checker: Checker, pattern: ObjectBindingPattern): (NamedSymbol | undefined)[] {
  const type = checker.getTypeAtLocation(pattern)
  return pattern.elements.map(({ propertyName, name }) => {
    const property = propertyName ?? name
    if (type === undefined || property === undefined || !isIdentifier(property)) return undefined
    return checker.getPropertyOfType(type, property.text)
  })
}

function isOfLibrary({ declarations }: NamedSymbol): boolean {
  return declarations.some(({ path }) => LIBRARY.test(path))
}

/** `Array.at`, or `structuredClone` for what belongs to no interface. */
function featureOf(symbol: NamedSymbol): string {
  const owner = symbol.getParent()
  return owner === undefined ? symbol.name : `${ownerName(owner.name)}.${symbol.name}`
}

/** TypeScript splits what the standards have under one name. */
function ownerName(name: string): string {
  return name.replace(/Constructor$/, '').replace(/^Readonly(Array|Map|Set)$/, '$1')
}

function missingTargets(symbol: NamedSymbol, targets: Targets): string[] {
  const supports = supportsOf(symbol)
  const missing = (target: string) =>
    browsersOf(target).filter(([browser, version]) =>
      supports.every((support) => !isSupported(childOf(support, browser), version)),
    )
  return supports.length === 0 ? [] : targets.flatMap((target) => missing(target).map(([browser]) => browser))
}

function browsersOf(target: string): [browser: string, version: string][] {
  const [, name = '', version = ''] = /^([a-z]+)([\d.]+)$/.exec(target) ?? []
  return (BROWSERS[name] ?? []).map((browser) => [browser, version])
}

/** What MDN's data say of a symbol: of its own interface, or else of every one that has such a member, as by a mixin. */
function supportsOf(symbol: NamedSymbol): unknown[] {
  const owner = symbol.getParent()
  const { name } = symbol
  const names = [name, `${name}_static`, `${name.replace(/^on/, '')}_event`]
  const web = childOf(readData(), 'api')
  const builtins = childOf(readData(), 'javascript', 'builtins')
  const of = (...places: unknown[]) =>
    places
      .flatMap((place) => names.map((each) => childOf(place, each, '__compat', 'support')))
      .filter((support) => support !== undefined)
  if (owner === undefined) return of(web, builtins, childOf(web, 'Window'))
  const interfaceName = ownerName(owner.name)
  const own = of(...[web, builtins, childOf(builtins, 'Intl')].map((place) => childOf(place, interfaceName)))
  const typed = /^[A-Z].*Array$/.test(interfaceName) ? of(childOf(builtins, 'TypedArray')) : []
  const direct = [...own, ...typed]
  return direct.length > 0 ? direct : of(...Object.values(isRecord(web) ? web : {}))
}

/** Whether a browser has had a feature since a version, without a flag, a prefix or another name. */
function isSupported(support: unknown, version: string): boolean {
  if (support === undefined) return true
  return [support].flat().some((each) => {
    const added = childOf(each, 'version_added')
    const isPlain = ['flags', 'prefix', 'alternative_name', 'version_removed'].every(
      (name) => childOf(each, name) === undefined,
    )
    return isPlain && typeof added === 'string' && compareVersions(added, version) <= 0
  })
}

/** `≤18` means at the latest in that version; `preview` not in a release yet. */
function compareVersions(added: string, version: string): number {
  if (added === 'preview') return 1
  const [left, right] = [added.replace('≤', ''), version].map((each) => each.split('.').map(Number))
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Twenty megabytes, of which little is read: not validated by a schema. */
function readData(): unknown {
  return createRequire(import.meta.url)('@mdn/browser-compat-data')
}

function childOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    value,
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
