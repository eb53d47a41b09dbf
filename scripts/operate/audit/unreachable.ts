/** A store that the audit reads is unreachable. The message is one line for the operator. */
export class Unreachable extends Error {
  constructor(what: string, cause: unknown) {
    super(`${what} cannot be reached: ${reasonOf(cause)}`, { cause })
    this.name = 'Unreachable'
  }
}

/** The innermost cause is the most informative; its first line is enough. */
function reasonOf(error: unknown): string {
  let innermost = error
  for (let depth = 0; depth < 5 && innermost instanceof Error && innermost.cause !== undefined; depth += 1) {
    innermost = innermost.cause
  }
  if (!(innermost instanceof Error)) return String(innermost)
  const code = 'code' in innermost && typeof innermost.code === 'string' ? innermost.code : innermost.name
  return innermost.message.split('\n')[0] || code
}
