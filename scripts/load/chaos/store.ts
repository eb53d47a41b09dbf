import { rmSync } from 'node:fs'
import type { NetConnectOpts } from 'node:net'
import type { PrivateStore } from '../../develop/stores/redis.ts'

/** A private store that can be lost and restarted. Each start uses another socket. */
export type LosableStore = {
  url(): string
  /** The address to connect to; undefined while it is unavailable. */
  targets(): NetConnectOpts[]
  /** Kills it, like a host that stops. */
  crash(): Promise<void>
  /** Starts it with its data, or empty. */
  start(how: 'with its data' | 'empty'): Promise<void>
  /** Freezes it: connections stay open, without replies. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export async function createLosableStore(options: {
  start: () => Promise<PrivateStore>
  dataDirectory: string
  socketOf: (url: string) => string
}): Promise<LosableStore> {
  let current = await options.start()
  let isUnavailable = false
  let isFrozen = false
  void watch(current)

  /** Without this, the address of a store that ended by itself would still be returned. */
  async function watch(store: PrivateStore): Promise<void> {
    await store.ended
    if (store === current) isUnavailable = true
  }

  function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    isFrozen = name === 'SIGSTOP'
    // A separate process group, of which it is the leader (scripts/develop/stores/guarded.ts).
    if (!isUnavailable) process.kill(-current.pid, name)
  }

  return {
    url: () => current.url,
    targets: () => (isUnavailable ? [] : [{ path: options.socketOf(current.url) }]),
    async crash() {
      isUnavailable = true
      current.kill()
      await current.stop()
    },
    async start(how) {
      if (how === 'empty') rmSync(options.dataDirectory, { recursive: true, force: true })
      current = await options.start()
      isUnavailable = false
      void watch(current)
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      if (isFrozen) signal('SIGCONT')
      await current.stop()
    },
  }
}
