/** The entries that a worker is processing, at most `max`. */
export type InFlight = {
  has(entry: string): boolean
  add(entry: string): void
  delete(entry: string): void
  all(): string[]
  room(): number
  /** Resolves when at least `count` more may be added, or on abort. */
  roomFor(count: number, signal?: AbortSignal): Promise<void>
  /** Resolves when no entry is being processed. */
  idle(): Promise<void>
}

export function createInFlight(max: number): InFlight {
  const entries = new Set<string>()
  let waiting: { count: number; resolve: () => void }[] = []

  function roomFor(count: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiter = { count, resolve }
      waiting.push(waiter)
      signal?.addEventListener('abort', () => {
        waiting = waiting.filter((each) => each !== waiter)
        resolve()
      })
      wake()
    })
  }

  function wake(): void {
    const room = max - entries.size
    for (const { count, resolve } of waiting) if (count <= room) resolve()
    waiting = waiting.filter(({ count }) => count > room)
  }

  return {
    has: (entry) => entries.has(entry),
    add(entry) {
      entries.add(entry)
    },
    delete(entry) {
      entries.delete(entry)
      wake()
    },
    all: () => [...entries],
    room: () => max - entries.size,
    roomFor,
    idle: () => roomFor(max),
  }
}
