import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const REFUSED_IMPORTS = [
  ['gateway/room', '../../origin/app.ts'],
  ['gateway', '../drizzle/database.ts'],
  ['gateway', 'drizzle-orm'],
  ['gateway/room', 'hono'],
  ['gateway/room', '../api/rooms/rooms.ts'],
  ['gateway/room', '../app.ts'],
  ['gateway/api/rooms', 'ioredis'],
  ['gateway/api/rooms', '../../../shared/redis/keys.ts'],
  ['gateway/room', '../web/layout/page.ts'],
  ['gateway/room', '../edge/proxy.ts'],
  ['gateway/api/rooms', '../../app.ts'],
  ['gateway/web/fan', 'ioredis'],
  ['gateway/web/fan', '../../../shared/redis/keys.ts'],
  ['origin', '../gateway/app.ts'],
  ['origin/holds', '@hono/zod-openapi'],
  ['origin/payments', '../routes/payments.ts'],
  ['origin/payments/providers', '../../routes/payments.ts'],
  ['origin/routes', 'drizzle-orm'],
  ['origin/routes/admin', '../../../drizzle/schema/accounts.ts'],
  ['shared', '../origin/config.ts'],
  ['shared/redis', '../../drizzle/database.ts'],
  ['origin/teams', 'hono'],
  ['drizzle', '../shared/runtime/log.ts'],
  ['origin', '../scripts/operate/running.ts'],
] as const

const ALLOWED_IMPORTS = [
  ['gateway', './api/rooms/rooms.ts'],
  ['gateway/room', '../../shared/api/problem.ts'],
  ['gateway/api/rooms', '../../room/status.ts'],
  ['gateway/room', 'ioredis'],
  ['origin/holds', '../../shared/redis/keys.ts'],
  ['origin/payments', '../../drizzle/database.ts'],
  ['origin/routes', '../holds/hold.ts'],
] as const

const REFUSED_CODE = [
  ['gateway/room', 'export const x = process.env.X', 'noProcessEnv'],
  ['origin/holds', 'export const x: any = 1', 'noExplicitAny'],
  ['shared', "console.log('x')", 'noConsole'],
  ['shared', 'export default 1', 'noDefaultExport'],
  ['shared', 'export const f = async () => 1\nf()', 'noFloatingPromises'],
] as const

const importing = (specifier: string) => `import { x } from '${specifier}'\n\nexport const y = x`

let folder: string
/** The linter's rules that each file breaks. */
let broken: Map<string, string[]>

/** One run over a tree that has one small file for every case. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'naru-lint-'))
  mkdirSync(join(folder, 'scripts/tests/config'), { recursive: true })
  cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  const cases = [...REFUSED_IMPORTS, ...ALLOWED_IMPORTS].map(
    ([at, specifier]) => [at, importing(specifier)] as const,
  )
  for (const [at, code] of [...cases, ...REFUSED_CODE]) {
    const path = join(folder, fileOf(at, code))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${code}\n`)
  }
  const run = spawnSync(
    join(ROOT, 'node_modules/.bin/biome'),
    ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: folder, encoding: 'utf8' },
  )
  const report = JSON.parse(run.stdout) as {
    diagnostics: { category: string; location: { path: unknown } }[]
  }
  const byFile = Map.groupBy(report.diagnostics, ({ location }) => pathOf(location.path))
  broken = new Map([...byFile].map(([path, list]) => [path, list.map(({ category }) => category)]))
})

afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (at: string, code: string) => `${at}/case-${Buffer.from(code).toString('hex').slice(-80)}.ts`
const rulesBroken = (at: string, code: string) => (broken.get(fileOf(at, code)) ?? []).join(' ')

function pathOf(path: unknown): string {
  const text = typeof path === 'string' ? path : JSON.stringify(path)
  return text.replace(/^\.\//, '')
}

describe('the linter', () => {
  it.each(REFUSED_IMPORTS)('refuses in %s to import %s', (at, specifier) => {
    expect(rulesBroken(at, importing(specifier))).toContain('noRestrictedImports')
  })

  it.each(ALLOWED_IMPORTS)('allows in %s to import %s', (at, specifier) => {
    expect(rulesBroken(at, importing(specifier))).not.toContain('noRestrictedImports')
  })

  it.each(REFUSED_CODE)('refuses in %s: %s', (at, code, rule) => {
    expect(rulesBroken(at, code)).toContain(rule)
  })
})
