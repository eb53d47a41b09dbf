import type { Socket } from 'node:net'

export type SlowReaderLimits = {
  /** How long a client may read nothing of the data buffered for it. */
  graceMs: number
  /** How fast a client must read on average while data is buffered for it. */
  bytesPerSecondMin: number
}

/**
 * Ends connections of clients that do not read their responses, which Node would hold with all buffered data
 * indefinitely. Data must be read within a grace period and at a minimum speed: a slow but steady reader is allowed,
 * one that takes a byte at a time is not.
 */
export function createSlowReaders(limits: SlowReaderLimits, now: () => number = () => performance.now()) {
  const sockets = new Set<Socket>()
  /** Since when data is buffered, and how many bytes had been read by then. */
  const waiting = new WeakMap<Socket, { sinceMs: number; bytes: number }>()

  function check(): void {
    const nowMs = now()
    for (const socket of sockets) {
      const { writableLength, bytesWritten } = socket
      const since = waiting.get(socket)
      if (writableLength === 0) waiting.delete(socket)
      else if (since === undefined)
        waiting.set(socket, { sinceMs: nowMs, bytes: bytesWritten - writableLength })
      else if (nowMs - since.sinceMs > allowedMs(bytesWritten - since.bytes)) socket.destroy()
    }
  }

  function allowedMs(bytes: number): number {
    return limits.graceMs + (bytes / limits.bytesPerSecondMin) * 1000
  }

  return {
    check,
    watch(socket: Socket): void {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
  }
}
