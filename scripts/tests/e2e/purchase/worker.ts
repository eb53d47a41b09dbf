import {
  CONSUMER_GROUP,
  createPaymentStream,
  type StreamBatch,
} from '../../../../origin/payments/payment-stream.ts'
import { createPaymentMaker } from '../../../../origin/payments/process/payment-maker.ts'
import { EXPIRE_MARGIN_MS, EXPIRE_MS, log, REMEMBER_SECONDS, type Sale, type Worker } from './model.ts'
import { type Process, startProcess } from './process.ts'

/** Maximum number of payments that one worker processes concurrently. */
const BATCH_MAX = 3
/** Failures after which a payment is dead-lettered. */
const ATTEMPTS_MAX = 2

/**
 * A worker of which the test decides what it reads and how far it comes. Nothing rests, so that a worker that only
 * stood still has its payments taken from it, and goes on with them all the same.
 */
export function startWorker(sale: Sale, consumer: string): Worker {
  const { redis, room } = sale
  const process = startProcessOf(sale)
  const stream = createPaymentStream({ redis, blockingRedis: async () => redis, room, consumer })
  const maker = createPaymentMaker(
    {
      redis: process.redis,
      db: process.db,
      provider: process.provider,
      now: () => sale.now,
      publicUrl: 'https://naru.test',
      log,
      countOutcome: () => {},
      batchMax: BATCH_MAX,
      chargeConcurrency: BATCH_MAX,
      attemptsMax: ATTEMPTS_MAX,
      expireMs: EXPIRE_MS,
      expireMarginMs: EXPIRE_MARGIN_MS,
      rememberSeconds: REMEMBER_SECONDS,
      storeWaitMs: 0,
    },
    room,
    new AbortController().signal,
    (entry, payment) => process.askStore(() => stream.remove(entry, payment)),
  )
  const underWay = new Set<string>()
  const read = async (what: 'own' | 'new' | 'rested'): Promise<StreamBatch> => {
    if (what === 'own') return stream.readOwn(BATCH_MAX, '0')
    if (what === 'rested') return stream.takeOver(BATCH_MAX, { baseMs: 0, maxMs: 0 })
    return (await hasNew(sale))
      ? stream.readNew(BATCH_MAX, 1)
      : { queued: [], unreadable: [], last: undefined }
  }
  return {
    process,
    async read(what) {
      const { queued, unreadable } = await read(what)
      if (unreadable.length > 0) throw new Error('a worker cannot read what was accepted')
      const mine = queued.filter(({ entry }) => !underWay.has(entry))
      for (const { entry } of mine) underWay.add(entry)
      if (mine.length > 0) await process.start(() => maker.make(mine, (entry) => underWay.delete(entry)))
      return mine.length
    },
  }
}

/** Whether a worker would not wait: entries read before stay pending while they are in the stream. */
async function hasNew({ redis, keys }: Sale): Promise<boolean> {
  const [length, [pending]] = await Promise.all([
    redis.xlen(keys.payments),
    redis.xpending(keys.payments, CONSUMER_GROUP),
  ])
  return length > Number(pending)
}

/** A process that uses the sale's stores. */
export function startProcessOf(sale: Sale): Process {
  return startProcess(sale, () => {
    sale.recorded = undefined
  })
}

/** All processes that can continue, or be killed. */
export function processesOf({ workers, tasks }: Sale): Process[] {
  return [...[...workers.values()].map(({ process }) => process), ...tasks]
}

export function forgetEnded(sale: Sale): void {
  sale.tasks = sale.tasks.filter((task) => !task.isOver())
}
