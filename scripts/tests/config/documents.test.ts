import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const README_LINES_MAX = 120
const IMAGE_BYTES_MAX = 60 * 1024
const PACKAGES = ['gateway', 'origin', 'shared', 'drizzle', 'scripts']

const isOurs = (path: string) => !/(^|\/)(node_modules|\.data)(\/|$)/.test(path)
const find = (pattern: string) => globSync(pattern, { cwd: ROOT, exclude: (path) => !isOurs(path) })
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const DOCUMENTS = find('{*.md,{gateway,origin,shared,drizzle,scripts}/**/*.md}').toSorted()

/** All but the change log, which names what was removed. */
const CURRENT = DOCUMENTS.filter((file) => !file.endsWith('CHANGELOG.md'))

/** What a document links to: the file, from the root, and the heading in it. */
function linksOf(file: string): { target: string; heading: string }[] {
  return [...read(file).matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].flatMap(([, text, image]) => {
    const link = text ?? image ?? ''
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', heading = ''] = link.split('#')
    const target = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path))
    return [{ target, heading }]
  })
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The paths that a document mentions as code, from the root or from its own folder; `*` and `{a,b}` as in a shell. */
function pathsOf(file: string): string[] {
  const mentions = [...read(file).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.split(' ')[0] ?? '')
  return mentions.filter((mention) => {
    const isRooted = PACKAGES.some((name) => mention.startsWith(`${name}/`))
    return (isRooted || /^[\w./{},*-]+\.(ts|lua|sql|css|md|json)$/.test(mention)) && !/^\/|</.test(mention)
  })
}

function exists(mention: string, file: string): boolean {
  const path = mention.replace(/\/$/, '')
  return [path, join(dirname(file), path)].some((each) => find(each).length > 0)
}

describe('documents', () => {
  it('include a README.md at the root and in each package', () => {
    expect(DOCUMENTS).toEqual(
      expect.arrayContaining(['README.md', ...PACKAGES.map((name) => `${name}/README.md`)]),
    )
  })

  it('are each linked from another document', () => {
    const linked = new Set(
      DOCUMENTS.flatMap((file) => linksOf(file).filter(({ target }) => target !== file)).map(
        ({ target }) => target,
      ),
    )
    expect(DOCUMENTS.filter((file) => file !== 'README.md' && !linked.has(file))).toEqual([])
  })

  it.each(DOCUMENTS)('link only to files and headings that exist: %s', (file) => {
    const broken = linksOf(file).filter(
      ({ target, heading }) =>
        !existsSync(join(ROOT, target)) || (heading !== '' && !anchorsOf(target).includes(heading)),
    )
    expect(broken).toEqual([])
  })

  it.each(CURRENT)('mention only paths that exist: %s', (file) => {
    expect(pathsOf(file).filter((mention) => !exists(mention, file))).toEqual([])
  })

  it('mention only npm scripts that package.json has', () => {
    const scripts: unknown = JSON.parse(read('package.json'))
    const mentioned = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name),
    )
    expect(mentioned.length).toBeGreaterThan(0)
    for (const name of new Set(mentioned)) expect(scripts).toHaveProperty(['scripts', name])
  })

  it('mention only environment variables that the sources read', () => {
    const sources = find('{gateway,origin,shared,scripts}/**/*.{ts,sh}').map(read).join('\n')
    const mentioned = CURRENT.flatMap((file) =>
      [...read(file).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?==|`)/g)].map(([, name = '']) => name),
    )
    expect(mentioned.length).toBeGreaterThan(0)
    expect([...new Set(mentioned)].filter((name) => !sources.includes(name))).toEqual([])
  })
})

describe('README.md', () => {
  it(`has at most ${README_LINES_MAX} lines`, () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(README_LINES_MAX)
  })

  it(`shows images of at most ${IMAGE_BYTES_MAX} bytes each`, () => {
    const images = linksOf('README.md').filter(({ target }) => target.endsWith('.png'))
    expect(images.length).toBeGreaterThan(0)
    for (const { target } of images)
      expect(statSync(join(ROOT, target)).size).toBeLessThanOrEqual(IMAGE_BYTES_MAX)
  })
})
