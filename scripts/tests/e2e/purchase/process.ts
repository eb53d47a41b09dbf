import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from '../../../../drizzle/database.ts'
import type { Redis } from '../../../../shared/redis/client.ts'
import type { Ledger } from './ledger.ts'
import { type Ask, isUnavailable, outage, type Way } from './ways.ts'

export type Process = ReturnType<typeof startProcess>

type Asked = (way: Way) => Promise<void>

/**
 * A process of which the test decides how far it comes. Whatever it asks of Redis, MySQL and the provider waits until
 * the test lets it happen, one at a time; a process that is left alone from then on was killed. A transaction happens as
 * a whole, with all that is asked within it; `refused`, it is rolled back at its end.
 */
export function startProcess(stores: { redis: Redis; db: Database; ledger: Ledger }, onWrite: () => void) {
  const asked: Asked[] = []
  let isInTransaction = false
  let running = 0

  const ask: Ask = (happen) => {
    if (isInTransaction) return happen('done')
    return new Promise((resolve, reject) => {
      asked.push((way) => happen(way).then(resolve, reject))
    })
  }

  /** For operations without a specific error for an unavailable store. */
  function askStore<T>(happen: () => Promise<T>): Promise<T> {
    return ask(async (way) => {
      if (way === 'refused' || way === 'late') throw outage()
      const reply = await happen()
      if (way === 'lost') throw outage()
      return reply
    })
  }

  function askToWrite<T>(happen: () => Promise<T>): Promise<T> {
    return askStore(() => {
      onWrite()
      return happen()
    })
  }

  const transaction: Database['transaction'] = (run, config) =>
    ask(async (way) => {
      isInTransaction = true
      onWrite()
      try {
        const result = await stores.db.transaction(async (tx) => {
          const admitted = await run(tx)
          if (way === 'refused' || way === 'late') throw outage()
          return admitted
        }, config)
        if (way === 'lost') throw outage()
        return result
      } finally {
        isInTransaction = false
      }
    })

  return {
    redis: gateRedis(stores.redis, askStore),
    db: gateDatabase(stores.db, transaction, askStore, askToWrite),
    provider: stores.ledger.answering(ask),
    askStore,
    /** The number of pending requests. */
    asked: () => asked.length,
    isOver: () => running === 0 && asked.length === 0,

    /** Begins an operation; returns when it waits for the test, or has ended. */
    async start(work: () => Promise<void>): Promise<void> {
      running += 1
      work()
        .catch((error: unknown) => {
          if (!isUnavailable(error)) throw error
        })
        .finally(() => {
          running -= 1
        })
      await turn()
    },

    /** Settles one pending request, and lets the process continue until it waits again. */
    async letHappen(which: number, way: Way): Promise<void> {
      const [next] = asked.splice(which % asked.length, 1)
      await next?.(way)
      // All work without a store completes within this turn.
      await turn()
    },
  }
}

type AskStore = <T>(happen: () => Promise<T>) => Promise<T>
type Method = (...args: unknown[]) => unknown

function gateRedis(redis: Redis, askStore: AskStore): Redis {
  return new Proxy(redis, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) =>
        askStore(async (): Promise<unknown> => Reflect.apply(value, target, args))
    },
  })
}

/** Statements are asked for when something waits for their rows. */
function gateDatabase(
  db: Database,
  transaction: Database['transaction'],
  askStore: AskStore,
  askToWrite: AskStore,
): Database {
  return new Proxy(db, {
    get(target, name): unknown {
      if (name === 'transaction') return transaction
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const ask = name === 'select' ? askStore : askToWrite
      return (...args: unknown[]) => gateStatement(Reflect.apply(value, target, args) as object, ask)
    },
  })
}

function gateStatement(statement: object, askStore: AskStore): object {
  return new Proxy(statement, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'then') {
        return (done: Method, failed: Method) =>
          askStore(async (): Promise<unknown> => await target).then(done, failed)
      }
      return (...args: unknown[]) => {
        const built: unknown = Reflect.apply(value, target, args)
        return isStatement(built) ? gateStatement(built, askStore) : built
      }
    },
  })
}

function isStatement(built: unknown): built is object {
  return typeof built === 'object' && built !== null && 'then' in built
}
