import type { ProblemDocument } from '../../../../../shared/api/problem.ts'

export type Answer<T> =
  | { status: 'done'; body: T }
  | { status: 'refused'; problem: ProblemDocument }
  /** No response: the network or the server is unavailable. */
  | { status: 'away' }

const TIMEOUT_MS = 15_000

/** Calls our own API. The browser adds cookies and handles conditional requests. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-cache',
      signal: timeoutSignal(),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    const read: unknown = text === '' ? undefined : JSON.parse(text)
    // The API follows its own description.
    if (response.ok) return { status: 'done', body: read as T }
    return { status: 'refused', problem: read as ProblemDocument }
  } catch {
    return { status: 'away' }
  }
}

function timeoutSignal(): AbortSignal {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), TIMEOUT_MS)
  return stop.signal
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
