import { describe, expect, it } from 'vitest'
import { parseIdempotencyKey } from './idempotency-key.ts'

describe('an Idempotency-Key', () => {
  it.each([
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    [' "a" ', 'a'],
    ['"a key with spaces"', 'a key with spaces'],
    [String.raw`"say \"a\\b\""`, String.raw`say "a\b"`],
    ['a,b;c', 'a,b;c'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('is read from %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key)
  })

  it.each([
    ['', 'nothing'],
    ['""', 'an empty string'],
    ['"a', 'an open quote'],
    ['a"b', 'a quote inside'],
    ['"a", "b"', 'two headers'],
    ['a b', 'two words'],
    [String.raw`"a\b"`, 'an escape that is none'],
    ['"ä"', 'a letter beyond ASCII'],
    ['"a\u0007"', 'a control character'],
    ['x'.repeat(256), 'too much'],
    [`"${'x'.repeat(256)}"`, 'too much in quotes'],
  ])('is not read from %s: %s', (header) => {
    expect(parseIdempotencyKey(header)).toBeUndefined()
  })
})
