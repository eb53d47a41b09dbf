import type { Socket } from 'node:net'

export type SlowReaderLimits = {
  /** How long a client may take nothing of what waits for it. */
  graceMs: number
  /** How fast a client must read on average, once something waits for it. */
  bytesPerSecondMin: number
}

/**
 * Ends connections whose clients do not read what they asked for, which Node would keep, with all that waits for them,
 * for as long as they like. What is handed over must be taken within a grace and at a least speed: a slow reader that
 * keeps going is left in peace, one that takes a byte at a time is not.
 */
export function createSlowReaders(limits: SlowReaderLimits, now: () => number = () => performance.now()) {
  const sockets = new Set<Socket>()
  /** Since when something waits, and how many bytes had been taken by then. */
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
