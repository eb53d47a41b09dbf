import { sweepHolds } from '../../../../origin/holds/sweep-holds.ts'
import { cancelOrder } from '../../../../origin/orders/cancel-order.ts'
import { finishCancellation } from '../../../../origin/orders/finish-cancellation.ts'
import { resolveDeadLetter } from '../../../../origin/payments/dead-letters/resolve-dead-letter.ts'
import { endWaiting, NOT_DONE_IN_TIME } from '../../../../origin/payments/process/end-waiting.ts'
import { resolvePayment } from '../../../../origin/payments/process/resolve-payment.ts'
import { reconcile } from '../../../../origin/payments/reconcile/reconcile.ts'
import { buy, isOver } from './fan-steps.ts'
import { ABANDON_MS, log, must, REMEMBER_SECONDS, type Sale, type Step } from './model.ts'
import type { Process } from './process.ts'
import { maintainRoom, setClock, wipeRoom } from './sale.ts'
import type { Way } from './ways.ts'
import { forgetEnded, processesOf, startProcessOf, startWorker } from './worker.ts'

const TASKS_MAX = 4
const SWEEP_MAX = 100
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** A worker, restarted when it was killed, reads from the stream; its pending entries first. */
export function work([name, what]: [name: string, what: 'new' | 'rested']): Step {
  return {
    name: `worker ${name} reads what is ${what}`,
    async run(sale) {
      const known = sale.workers.get(name)
      const worker = known ?? startWorker(sale, name)
      sale.workers.set(name, worker)
      if (known === undefined && (await worker.read('own')) > 0) return
      await worker.read(what)
    },
  }
}

/** How far a worker gets with a purchase, and the outcome of its last request. */
type Making = [upTo: number, way: Way]

/** A purchase in one step: a fan's hold is paid for, and a worker processes it, entirely or up to a point. */
export function make([buying, [upTo, way]]: [Parameters<typeof buy>[0], Making]): Step {
  const { name, run } = buy(buying)
  return {
    name: `${name}, which is made as far as ${upTo}, ${way}`,
    async run(sale, state) {
      await run(sale, state)
      const worker = sale.workers.get('a') ?? startWorker(sale, 'a')
      sale.workers.set('a', worker)
      await worker.read('new')
      for (let i = 1; i <= upTo && isWaiting(worker.process); i += 1) {
        await worker.process.letHappen(0, i === upTo ? way : 'done')
      }
    },
  }
}

/** A pending request of a process is settled with this outcome; the next ones succeed. */
export function proceed([who, which, count, way]: [
  who: number,
  which: number,
  count: number,
  way: Way,
]): Step {
  return {
    name: `process ${who} goes on with ${which}, ${way}, and ${count - 1} more`,
    async run(sale) {
      const waiting = processesOf(sale).filter(isWaiting)
      const process = waiting[who % waiting.length]
      for (let i = 0; i < count && process !== undefined && isWaiting(process); i += 1) {
        await process.letHappen(which, i === 0 ? way : 'done')
      }
      forgetEnded(sale)
    },
  }
}

const isWaiting = (process: Process) => process.asked() > 0

export function kill(who: number): Step {
  return {
    name: `process ${who} is killed`,
    async run(sale) {
      const processes = processesOf(sale)
      const process = processes[who % processes.length]
      for (const [name, worker] of sale.workers) if (worker.process === process) sale.workers.delete(name)
      sale.tasks = sale.tasks.filter((task) => task !== process)
    },
  }
}

export function tick(minutes: number): Step {
  return {
    name: `${minutes} minutes pass`,
    run: (sale) => setClock(sale, sale.now + minutes * MINUTE_MS),
  }
}

export const sweep: Step = {
  name: 'what has expired is swept',
  async run(sale, { holds }) {
    const swept = await sweepHolds(sale.redis, sale.room, SWEEP_MAX)
    const expired = [...holds.values()].filter((hold) => isOver(sale, hold)).length
    must(swept === (sale.isWiped ? 0 : expired), `${swept} of ${expired} were swept`)
  },
}

/** Sometimes requested twice concurrently. */
export function cancel([which, by, times]: [which: number, by: 'fan' | 'organiser', times: number]): Step {
  return {
    name: `order ${which} is cancelled ${times} times by ${by === 'fan' ? 'its fan' : 'the organiser'}`,
    async run(sale, { facts }) {
      const orders = [...facts.sales.orders]
      const [order, { account }] = orders[which % orders.length] ?? ['', { account: '' }]
      if (order === '') return
      const asked = sale.cancellations.get(order) ?? { isConfirmed: false }
      sale.cancellations.set(order, asked)
      for (let i = 0; i < times; i += 1) {
        await begin(sale, async (task) => {
          const deps = depsOf(sale, task)
          const { status } = await cancelOrder(deps, { order, account, by })
          if (status === 'unfinished') return
          must(status === 'cancelling' || status === 'cancelled', `cancelling was ${status}`)
          asked.isConfirmed = true
          await finishCancellation(deps, order)
        })
      }
    },
  }
}

export const reconcileAll: Step = {
  name: 'an origin reconciles',
  run: (sale) =>
    begin(sale, async (task) => {
      const deps = depsOf(sale, task)
      await reconcile(
        {
          ...deps,
          resolvePayment: (payment) => resolvePayment(deps, payment),
          endWaiting: (payment) => endWaiting(deps, payment, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
          log,
          countFinding: () => {},
          limits: { restMs: MINUTE_MS, abandonMs: ABANDON_MS, rowsMax: 100, concurrencyMax: 2 },
        },
        new Date(sale.now - DAY_MS),
      )
    }),
}

/** As from a webhook. */
export function receive(which: number): Step {
  return {
    name: `the provider tells of payment ${which}`,
    run: (sale) =>
      begin(sale, async (task) => {
        const accepted = [...sale.accepted.keys()]
        const payment = accepted[which % accepted.length]
        if (payment !== undefined) await resolvePayment(depsOf(sale, task), payment)
      }),
  }
}

export function decide(action: 'retry' | 'dismiss'): Step {
  return {
    name: `the organiser says ${action}`,
    run: (sale, { deadLetter: [id] }) =>
      begin(sale, async (task) => {
        const account = sale.fans[0]?.account ?? ''
        if (id !== undefined)
          await resolveDeadLetter(depsOf(sale, task), { room: sale.room, id, account, action })
      }),
  }
}

async function begin(sale: Sale, work: (task: Process) => Promise<void>): Promise<void> {
  if (sale.tasks.length >= TASKS_MAX) return
  const task = startProcessOf(sale)
  sale.tasks.push(task)
  await task.start(() => work(task))
  forgetEnded(sale)
}

function depsOf(sale: Sale, { db, redis, provider }: Process) {
  return { db, redis, provider, now: () => sale.now, rememberSeconds: REMEMBER_SECONDS }
}

export const land: Step = {
  name: 'late charges land',
  async run(sale) {
    sale.ledger.land()
  },
}

/**
 * Once in a sale: a payment that its worker records after the room was opened again holds nothing, and others buy its
 * units; what a second wipe restores is then more than there is.
 */
export const wipe: Step = {
  name: 'Redis is wiped',
  async run(sale) {
    if (!sale.wasWiped) await wipeRoom(sale)
  },
}

export const build: Step = { name: 'an origin keeps the room', run: maintainRoom }
