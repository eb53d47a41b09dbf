/** Sends one of the requests that an operation consists of. */
export type Call = <T>(send: () => Promise<T>) => Promise<T>

/**
 * Gives an operation of several requests a time limit for all of them. Past it `call` rejects and sends nothing more;
 * a request already sent may still have its effect.
 */
export function createDeadline(timeoutMs: number): Call {
  const signal = AbortSignal.timeout(timeoutMs)
  const passed = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  passed.catch(() => {})
  return async (send) => {
    signal.throwIfAborted()
    return await Promise.race([send(), passed])
  }
}
