import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSync } from 'recheck'
import { beforeAll, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../../..')
/**
 * All sources that run in production or read untrusted input; the load, browser and chaos tools read only their own.
 */
const SOURCES = '{gateway,origin,shared,drizzle,scripts}/**/*.ts'
const NOT_INPUT =
  /\.test\.ts$|testing|^scripts\/(load\/(bench|chaos)|develop\/(browsers|screenshots)|tests)\//
/** Expressions that are built at run time, and the results. */
const BUILT: [file: string, builtTo: RegExp][] = [
  ['gateway/web/layout/browser/offline.ts', /(?:^|; )naru-language=(\w+)/],
  // For the prefix of the names of cookies, which the public URL decides.
  ['gateway/web/page-cache.ts', /(?:^|;)\s*__Host-naru-(?!entry-|language=)/],
  ['gateway/web/page-cache.ts', /(?:^|;)\s*__Host-naru-session=/],
  // For the fields `master_repl_offset` and `slave_repl_offset`.
  ['scripts/develop/stores/redis-pair.ts', /^master_repl_offset:(\d+)/m],
  ['shared/api/entries.ts', /^[0-9a-f]{64}$/],
  // For route patterns only: segments are `[^/]+`, and a wildcard only at the end.
  ['shared/http/limits.ts', /^\/api\/admin\/festivals\/[^/]+\/.*$/],
  // For the fields `run_id` and `second_repl_offset`.
  ['shared/redis/runs.ts', /^run_id:(\S+)/m],
]
/** A search is limited by steps, not by seconds, so that a busy host finds the same as any other. */
const LIMITS = {
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  mutationTimeout: null,
  randomSeed: 1,
}
/** zod's own expressions for strings. */
const OF_ZOD = [z.regexes.email, z.regexes.uuid(), z.regexes.datetime({ offset: true, local: true })]

type Found = {
  expressions: Map<string, { pattern: string; flags: string; files: string[] }>
  built: string[]
}

let found: Found

/** Every regular expression of the sources, by the parser that runs the tests. */
beforeAll(() => {
  found = { expressions: new Map(), built: [] }
  for (const file of globSync(SOURCES, { cwd: ROOT }).filter((path) => !NOT_INPUT.test(path))) {
    const tree: unknown = parseAst(readFileSync(join(ROOT, file), 'utf8'), { lang: 'ts' })
    for (const node of nodesOf(tree)) note(file, node)
  }
})

function note(file: string, node: Record<string, unknown>): void {
  const { regex, callee } = node as {
    regex?: { pattern: string; flags: string }
    callee?: { name?: string }
  }
  if (node['type'] === 'Literal' && regex !== undefined) {
    const key = `/${regex.pattern}/${regex.flags}`
    const known = found.expressions.get(key) ?? { ...regex, files: [] }
    known.files.push(file)
    found.expressions.set(key, known)
  }
  if (callee?.name === 'RegExp') found.built.push(file)
}

function* nodesOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Record<string, unknown>
  for (const part of Object.values(value)) yield* nodesOf(part)
}

/**
 * `safe`, or how slow a text can make it. The automaton is exact; expressions with look-arounds are fuzzed with a fixed
 * seed.
 */
function complexityOf(pattern: string, flags: string): string {
  const checked = checkSync(pattern, flags, LIMITS)
  return checked.status === 'vulnerable' ? `vulnerable: ${checked.complexity.summary}` : checked.status
}

// H1: the cost of a test is linear in its text, whatever the text.
it('H1: no text makes one of our regular expressions take more than linear time', () => {
  expect(found.expressions.size).toBeGreaterThan(80)
  const slow = [...found.expressions].flatMap(([expression, { pattern, flags, files }]) => {
    const complexity = complexityOf(pattern, flags)
    return complexity === 'safe' ? [] : [`${expression} in ${files.join(', ')} is ${complexity}`]
  })
  expect(slow).toEqual([])
}, 300_000)

it('H1: lists every regular expression that is built at run time, with its result', () => {
  expect(found.built.toSorted()).toEqual(BUILT.map(([file]) => file))
  for (const expression of [...BUILT.map(([, builtTo]) => builtTo), ...OF_ZOD]) {
    expect([expression.source, complexityOf(expression.source, expression.flags)]).toEqual([
      expression.source,
      'safe',
    ])
  }
}, 120_000)

it('H1: finds the expression that once froze the origin', () => {
  expect(complexityOf('"(?:[^"\\\\]|\\\\.)*"|[{}[\\]:]', 'gs')).toBe('vulnerable: 2nd degree polynomial')
})
