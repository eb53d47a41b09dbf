import { Problem } from '../../shared/api/problem.ts'
import type { KeyRefusal } from '../idempotency/keyed-request.ts'

const KEY_CHARACTERS_MAX = 255
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const BARE = /^[\x21\x23-\x7e]+$/

/**
 * Reads an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a Structured Field string, `"…"`
 * (RFC 9651, section 3.3.3). Many clients leave the quotes out; with and without them it is the same key. Undefined
 * when it is neither, is empty, or is too long.
 */
export function parseIdempotencyKey(header: string): string | undefined {
  const text = header.trim()
  const quoted = QUOTED.exec(text)?.[1]
  const key = quoted === undefined ? (BARE.test(text) ? text : '') : quoted.replaceAll(/\\(["\\])/g, '$1')
  return key.length >= 1 && key.length <= KEY_CHARACTERS_MAX ? key : undefined
}

/** The key of an optional header. A malformed key is a problem. */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = parseIdempotencyKey(header)
  if (key !== undefined) return key
  throw new Problem(
    'bad-request',
    'The Idempotency-Key must be a string of 1 to 255 ASCII characters, as in "8e03"',
  )
}

/** The problem of a request that was rejected for its key. */
export function keyProblem({ status }: KeyRefusal): Problem {
  if (status === 'key-reused') return new Problem('idempotency-key-reused')
  return new Problem('too-many', 'Too many requests with an Idempotency-Key in one day', {
    retryAfterSeconds: 3600,
  })
}
