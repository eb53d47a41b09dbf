import { expect, it } from 'vitest'
import { inRelease } from './module-urls.ts'

const SCRIPTS = 'shared/redis/scripts.ts'

it('lets a module find its folder where the release has it', () => {
  const code = "const FOLDER = new URL('./lua/', import.meta.url)"
  expect(inRelease(code, SCRIPTS)).toBe("const FOLDER = new URL('lua/', NARU_RELEASE_ROOT)")
})

it('lets a program start a worker thread by the place of its bundle', () => {
  const code = "new Worker(new URL(\n  './verify-thread.ts',\n  import.meta.url,\n), {})"
  expect(inRelease(code, 'gateway/beacon/verify-round.ts')).toBe(
    "new Worker(new URL('gateway/verify-thread.mjs', NARU_RELEASE_ROOT), {})",
  )
})

it('refuses a module that needs a file which releases do not have', () => {
  expect(() => inRelease("new URL('./notes.txt', import.meta.url)", SCRIPTS)).toThrow(
    'shared/redis/scripts.ts names shared/redis/notes.txt, which scripts/release/layout.ts does not',
  )
})

it('refuses the dynamic import of a package, whose names a bundle may lack', () => {
  expect(() => inRelease("const { dictionary } = await import('some-package')", SCRIPTS)).toThrow(
    'shared/redis/scripts.ts imports some-package dynamically: do it statically in a module of its own',
  )
})

it('refuses other uses of the URL of a module, which a bundle does not have', () => {
  expect(() => inRelease("import.meta.resolve('x')", SCRIPTS)).toThrow(
    "shared/redis/scripts.ts uses import.meta for more than new URL('…', import.meta.url)",
  )
})
