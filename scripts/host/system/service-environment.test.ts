import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { environmentText } from './service-environment.ts'

it('writes variables that are read again as they were', () => {
  const variables = { A: 'two words', B: "it's $HOME `id` # and = ;", C: '' }
  expect(parseEnv(environmentText(variables))).toEqual(variables)
})

it.each(['a\nB=1', 'a\rB=1', 'a"\u0020B="1', 'a\\', 'a\u0000'])(
  'refuses a value that would be read as something else (%j), and does not repeat it',
  (value) => {
    expect(() => environmentText({ A: value })).toThrow(
      /^A must have no line break, control character, quote or backslash$/,
    )
  },
)
