import { createMiddleware } from 'hono/factory'
import { Problem } from '../api/problem.ts'

/** Deeper than anything an API here takes. */
const DEPTH_MAX = 16
/**
 * Tabs and line ends apart, nobody means to write a control character; nor what stands for bytes that are no UTF-8,
 * under which one password would be as good as another.
 */
const CONTROL = /[^\P{Cc}\t\n\r]|\ufffd/u

/**
 * The error of a JSON text that parses all the same: nesting that nothing needs, and texts that are no Unicode or hide
 * control characters. Undefined for anything else, also for what is no JSON, which the parser will report.
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

/**
 * Refuses JSON that no person wrote; goes behind `limitBody`. What is signed is left as it is: its signature is over its
 * bytes, and its signer answers for them.
 */
export const requirePlainJson = createMiddleware(async (c, next) => {
  const isSigned = c.req.header('stripe-signature') !== undefined
  if (!isSigned && c.req.header('content-type')?.toLowerCase().startsWith('application/json') === true) {
    const error = jsonTextError(await c.req.text())
    if (error !== undefined) throw new Problem('bad-request', error)
  }
  await next()
})
