export type RequestsInFlight = {
  /** Runs work unless some under the same key is still running here. */
  run<T>(key: string, work: () => Promise<T>): Promise<{ status: 'ran'; value: T } | { status: 'in-flight' }>
}

/**
 * Tracks which requests this process is handling, at most `max`; more of them run untracked, because the handler itself
 * ensures that a request is carried out once.
 */
export function createRequestsInFlight(max: number): RequestsInFlight {
  const keys = new Set<string>()
  return {
    async run(key, work) {
      if (keys.has(key)) return { status: 'in-flight' }
      if (keys.size >= max) return { status: 'ran', value: await work() }
      keys.add(key)
      try {
        return { status: 'ran', value: await work() }
      } finally {
        keys.delete(key)
      }
    },
  }
}
