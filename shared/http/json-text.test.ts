import { expect, it } from 'vitest'
import { growsTooFast } from '../testing/cpu-time.ts'
import { jsonTextError } from './json-text.ts'

it.each([
  '{}',
  'null',
  '""',
  '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
  '{"a":1,"a":2}',
  '{"name":"나루 😀 \\ud83d\\ude00","notice":"one\\n\\ttwo"}',
  `${'['.repeat(16)}${']'.repeat(16)}`,
])('finds nothing wrong with %s', (text) => {
  expect(() => void JSON.parse(text)).not.toThrow()
  expect(jsonTextError(text)).toBeUndefined()
})

it.each([
  ['{"a":"\\u0000"}', 'A text has characters that cannot be read'],
  ['{"\\u0007":1}', 'A text has characters that cannot be read'],
  ['{"a":"\x7f"}', 'A text has characters that cannot be read'],
  [`{"a":"${Buffer.from([0xff]).toString()}"}`, 'A text has characters that cannot be read'],
  ['{"a":"\\ud800"}', 'A text has characters that cannot be read'],
  ['{"a":"\\udc00\\ud800"}', 'A text has characters that cannot be read'],
  [`${'['.repeat(17)}${']'.repeat(17)}`, 'It is nested more than 16 deep'],
  [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'It is nested more than 16 deep'],
])('finds that in %s', (text, error) => {
  expect(() => void JSON.parse(text)).not.toThrow()
  expect(jsonTextError(text)).toBe(error)
})

it.each([
  '',
  '{',
  '}',
  ']]',
  ':',
  '{"a":',
  '"',
  '"\\',
  '{"a"::1}',
  '{"\\x":1}',
  'a'.repeat(10_000),
  '"'.repeat(10_001),
])('leaves what is no JSON to the parser: %s', (text) => {
  expect(() => void JSON.parse(text)).toThrow()
  expect(jsonTextError(text)).toBeUndefined()
})

it.each<[string, (size: number) => string]>([
  ['a quote before many escaped ones', (size) => `"${'\\"'.repeat(size / 2)}`],
  ['many quotes and escapes without an end', (size) => '"\\'.repeat(size / 2)],
  ['many names without an end', (size) => `{${'"a":'.repeat(size / 4)}`],
  ['one long text', (size) => JSON.stringify('"'.repeat(size / 2))],
  ['many texts', (size) => JSON.stringify(Array.from({ length: size / 5 }, () => '"'))],
  [
    'many names',
    (size) => JSON.stringify(Object.fromEntries(Array.from({ length: size / 10 }, (_, i) => [i, i]))),
  ],
])('H1: takes no longer than in proportion to its length for %s', async (_, textOf) => {
  expect(await growsTooFast((size) => jsonTextError(textOf(size)), 32_768)).toBe(false)
})
