import { createMiddleware } from 'hono/factory'
import { Problem } from '../api/problem.ts'
import { WEBHOOK_HEADERS } from '../webhook-headers.ts'

/** Deeper than any request body of this API. */
const DEPTH_MAX = 16
/**
 * No client needs control characters other than tabs and line ends, nor the replacement character of invalid UTF-8,
 * under which different passwords would be equal.
 */
const CONTROL = /[^\P{Cc}\t\n\r]|\ufffd/u

/**
 * The validation error of a JSON text that still parses: nesting deeper than any request needs, and texts that are not
 * valid Unicode or hide control characters. Undefined for anything else, also for invalid JSON, which the parser will
 * report.
 */
export function jsonTextError(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return valueError(value, 0)
}

function valueError(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') {
    const isReadable = value.isWellFormed() && !CONTROL.test(value)
    return isReadable ? undefined : 'A text has characters that cannot be read'
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === DEPTH_MAX) return `It is nested more than ${DEPTH_MAX} deep`
  const parts: unknown[] = Array.isArray(value) ? value : Object.entries(value).flat()
  for (const part of parts) {
    const error = valueError(part, depth + 1)
    if (error !== undefined) return error
  }
  return undefined
}

const SIGNATURES = [...WEBHOOK_HEADERS.values()].map(([signature]) => signature)

/**
 * Refuses JSON that no legitimate client writes; use after `limitBody`. Signed bodies are exempt: the signature is over
 * their bytes, and the signer is responsible for them.
 */
export const requirePlainJson = createMiddleware(async (c, next) => {
  const isSigned = SIGNATURES.some((name) => c.req.header(name) !== undefined)
  if (!isSigned && c.req.header('content-type')?.toLowerCase().startsWith('application/json') === true) {
    const error = jsonTextError(await c.req.text())
    if (error !== undefined) throw new Problem('bad-request', error)
  }
  await next()
})
