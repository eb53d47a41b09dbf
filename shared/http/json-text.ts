import { createMiddleware } from 'hono/factory'
import { Problem } from '../problem.ts'

/** Deeper than anything an API here takes. */
const DEPTH_MAX = 16
const TOKEN_STARTS = new Set('"{}[]:')
/**
 * Tabs and line ends apart, nobody means to write a control character; nor what stands for bytes that are no UTF-8,
 * under which one password would be as good as another.
 */
const CONTROL = /[^\P{Cc}\t\n\r]|\ufffd/u

/**
 * What is wrong with a JSON text that parses all the same: names given twice, of which parsers keep either (RFC 8259,
 * section 4), nesting that nothing needs, and texts that are no Unicode or hide control characters. Undefined for
 * anything else, also for what is no JSON, which the parser will say. Takes time in proportion to the text's length.
 */
export function faultOfJson(text: string): string | undefined {
  // In a text that parses, every string that begins also ends.
  if (!isJson(text)) return undefined
  const faultOf = createTokenReader()
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (!TOKEN_STARTS.has(character)) continue
    const end = character === '"' ? endOfString(text, at) : at
    const fault = faultOf(text.slice(at, end + 1))
    if (fault !== undefined) return fault
    at = end
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

/** Takes the tokens of a text in order, and tells what is wrong with each as it stands there. */
function createTokenReader(): (token: string) => string | undefined {
  /** Of every object or list that is open, the names so far. */
  const names: Set<string>[] = []
  let last: string | undefined
  return (token) => {
    switch (token) {
      case '{':
      case '[':
        return names.push(new Set()) > DEPTH_MAX ? `It is nested more than ${DEPTH_MAX} deep` : undefined
      case '}':
      case ']':
        names.pop()
        return undefined
      case ':': {
        const again = isGivenAgain(last, names.at(-1))
        last = undefined
        return again ? 'A name is given twice' : undefined
      }
      default:
        last = readString(token)
        return isUnreadable(last) ? 'A text has characters that nobody can read' : undefined
    }
  }
}

function isGivenAgain(name: string | undefined, known: Set<string> | undefined): boolean {
  if (name === undefined || known === undefined) return false
  const size = known.size
  return known.add(name).size === size
}

function isUnreadable(text = ''): boolean {
  return CONTROL.test(text) || !text.isWellFormed()
}

/**
 * Refuses JSON that two parsers could read differently, or that no person wrote; goes behind `limitBody`. What is signed
 * is left as it is: its signature is over its bytes, and whoever signed it answers for them.
 */
export const requirePlainJson = createMiddleware(async (c, next) => {
  const isSigned = c.req.header('stripe-signature') !== undefined
  if (!isSigned && c.req.header('content-type')?.toLowerCase().startsWith('application/json') === true) {
    const fault = faultOfJson(await c.req.text())
    if (fault !== undefined) throw new Problem('bad-request', fault)
  }
  await next()
})

function readString(token: string): string | undefined {
  if (!token.includes('\\')) return token.slice(1, -1)
  try {
    return JSON.parse(token) as string
  } catch {
    return undefined
  }
}
