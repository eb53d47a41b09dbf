import { transform } from 'esbuild'
import { expect, it } from 'vitest'
import { createTranslator } from './translate.ts'

const SOURCE = `export const first = 1
export function fail() {
  throw new Error('no')
}
`

async function bundled(): Promise<{ code: string; map: string }> {
  return await transform(SOURCE, {
    sourcefile: '../../shared/fail.ts',
    sourcemap: 'external',
    minifyWhitespace: true,
    format: 'esm',
  })
}

it('names the place in the source instead of that in the bundle', async () => {
  const { code, map } = await bundled()
  const column = code.indexOf('throw') + 1
  const translate = createTranslator(() => map)
  const line = `    at fail (file:///opt/naru/releases/1/chunks/a.mjs:1:${column})","loop":"x"`
  expect(translate(line)).toBe('    at fail (shared/fail.ts:3:3)","loop":"x"')
})

it('leaves places alone whose source map is missing, and all other text', () => {
  const translate = createTranslator(() => {
    throw new Error('ENOENT')
  })
  const line = 'at fail (file:///opt/naru/releases/0/chunks/a.mjs:1:7) and node:net:3:4'
  expect(translate(line)).toBe(line)
})
